// @ts-check
// The page's state and its events.

import { FaceSearchClient, isFaceSearchError } from "/pkg/browser.js";
import { listFaces, PRACTICE, restoreFaces } from "./practice.js";
import { byId, showChoice, showError, showLibrary, showResult, showTrouble } from "./view.js";
import { faces } from "./words.js";

const LIBRARY = "practice-staff";
const UNKNOWN = "00000000000000000000000000000000";

const client = new FaceSearchClient(PRACTICE);
const pasted = /** @type {HTMLTextAreaElement} */ (byId("pasted"));
const tickAll = /** @type {HTMLInputElement} */ (byId("tick-all"));
const confirm = /** @type {HTMLDialogElement} */ (byId("confirm"));

/** @type {Set<string>} */
const ticked = new Set();

/** @type {import("./practice.js").Face[]} */
let library = [];

/** Every face that was ever seen here, to put them back. @type {Map<string, import("./practice.js").Face>} */
const seen = new Map();

byId("faces").addEventListener("change", ({ target }) => {
  if (!(target instanceof HTMLInputElement)) return;
  const tokens = target === tickAll ? library.map(({ face_token: token }) => token) : [target.value];
  for (const token of tokens) {
    if (target.checked) ticked.add(token);
    else ticked.delete(token);
  }
  showLibraryAndChoice();
  // The rows were made anew; the keyboard stays where it was.
  for (const box of byId("faces").querySelectorAll("input")) if (box.value === target.value) box.focus();
});

pasted.addEventListener("input", showLibraryAndChoice);

byId("insert-unknown").addEventListener("click", () => {
  pasted.value = `${pasted.value.trimEnd()}\n${UNKNOWN}`.trimStart();
  showLibraryAndChoice();
});

byId("restore").addEventListener("click", () =>
  orShow(async () => {
    const missing = [...seen.values()].filter(
      ({ face_token: token }) => !library.some((face) => face.face_token === token),
    );
    await restoreFaces(LIBRARY, missing);
    await refresh();
  }),
);

byId("delete").addEventListener("click", () => {
  const count = chosen().length;
  byId("confirm-title").textContent = `Delete ${faces(count)} from ${LIBRARY}?`;
  byId("confirm-text").textContent = "This cannot be undone. (Here it can: it is a practice library.)";
  byId("confirm-delete").textContent = `Delete ${faces(count)}`;
  confirm.returnValue = "cancel";
  confirm.showModal();
});

confirm.addEventListener("close", async () => {
  if (confirm.returnValue !== "delete") return;
  byId("delete").toggleAttribute("disabled", true);
  await orShow(async () => {
    showResult(await client.deleteFaces({ groupId: LIBRARY, faceTokens: chosen() }));
    ticked.clear();
    pasted.value = "";
  });
  showLibraryAndChoice();
  await orShow(refresh);
});

/** The tokens to delete: those that are ticked, then those that were pasted. */
function chosen() {
  return [...ticked, ...pasted.value.split(/[\s,]+/).filter((token) => token !== "")];
}

function showLibraryAndChoice() {
  showLibrary(library, ticked);
  tickAll.checked = library.length > 0 && ticked.size === library.length;
  tickAll.indeterminate = ticked.size > 0 && ticked.size < library.length;
  showChoice(chosen().length, LIBRARY);
}

async function refresh() {
  library = await listFaces(LIBRARY);
  for (const face of library) seen.set(face.face_token, face);
  const there = new Set(library.map(({ face_token: token }) => token));
  for (const token of ticked) if (!there.has(token)) ticked.delete(token);
  showLibraryAndChoice();
}

/**
 * Does something; if it fails, the page says so.
 *
 * @param {() => Promise<void>} work
 */
async function orShow(work) {
  try {
    await work();
  } catch (error) {
    if (isFaceSearchError(error)) showError(error);
    else
      showTrouble(
        "The practice server cannot be reached.",
        "Check that `npm start` is still running, then reload the page.",
      );
  }
}

await orShow(refresh);
