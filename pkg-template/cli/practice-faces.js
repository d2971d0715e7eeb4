// @ts-check
// The faces of the practice library: invented people, with tokens that are the same at every start.

import { createHash } from "node:crypto";

const PEOPLE = [
  "Amara Okafor",
  "Bence Szabó",
  "Chen Yu",
  "Dilnoza Karimova",
  "Elif Demir",
  "Farid Rahimi",
  "Grace Mwangi",
  "Hiroshi Tanaka",
  "Inés Ferrer",
  "Jonas Lindqvist",
  "Kavya Iyer",
  "Lucía Romero",
  "Mateusz Nowak",
  "Noor Haddad",
  "Oluwaseun Bello",
];

export function practiceFaces() {
  return PEOPLE.map((name) => ({
    faceToken: createHash("md5").update(`practice:${name}`).digest("hex"),
    userId: name
      .toLowerCase()
      .normalize("NFD")
      .replace(/[^a-z ]/g, "")
      .replaceAll(" ", "_"),
    userData: name,
  }));
}
