// @ts-check
// The faces to practise with: invented people, and the tokens that the guides name.

/** @type {Record<string, string>} */
const PEOPLE = {
  "Amara Okafor": "6dcc6b59a8b7d409fec6dce7ad7fbd86",
  "Bence Szabó": "705f60f25b3689de12b84cafdefb1dd5",
  "Chen Yu": "762273267e69310fe51096a02c3e24d3",
  "Dilnoza Karimova": "979b3dd27ae9a6edfd56d87af5e6ec7d",
  "Elif Demir": "0cdf302029c36c0c8fa6ddfba5d53c5a",
  "Farid Rahimi": "06edc362fb6a5857a7d7e8e09160b00b",
  "Grace Mwangi": "ea1cc7c69a78bfefb717a8de88c21060",
  "Hiroshi Tanaka": "306f13ff98b3a40adf28ddc3f2217b03",
  "Inés Ferrer": "e6290aae82c8b45680819e0fe709fdc5",
  "Jonas Lindqvist": "0bc6b5310c29357e137b869f7a2b9b15",
  "Kavya Iyer": "79907f12971b64c37bcfe67504c5b234",
  "Lucía Romero": "978dcd7ebf3aeea8e00a592f9964bf2a",
  "Mateusz Nowak": "e91178fc71fed1600dd223b64c629489",
  "Noor Haddad": "5f8ca3b57b8af4f793fa0638258aaa53",
  "Oluwaseun Bello": "3ad5398bb4be7abb3bcbae2776931e53",
};

export function practiceFaces() {
  return Object.entries(PEOPLE).map(faceOf);
}

/** The token that the guides delete, and show the receipt of, is somebody's as well. */
const GUIDED = /** @type {[string, string][]} */ ([["Petra Novotná", "34dce3f2d1fc4736670b4bad58523ce8"]]);

/** What the guides' shorter examples call a token. */
const SHORT = ["a1", "b2", "c3", "d4", "e5"];

/** A library in which what the guides delete is there to be deleted. */
export function guideFaces() {
  return [...practiceFaces(), ...GUIDED.map(faceOf), ...SHORT];
}

/** A list to delete from such a library: its people, as a table. */
export function practiceList() {
  const people = [...Object.entries(PEOPLE), ...GUIDED];
  return ["name,face_token", ...people.map((row) => row.join(","))].join("\n").concat("\n");
}

/** @param {[name: string, faceToken: string]} person */
function faceOf([name, faceToken]) {
  return {
    faceToken,
    userId: name
      .toLowerCase()
      .normalize("NFD")
      .replace(/[^a-z ]/g, "")
      .replaceAll(" ", "_"),
    userData: name,
  };
}
