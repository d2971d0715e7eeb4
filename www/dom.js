// @ts-check
// Making and finding elements. Everything goes in as text, never as markup.

/**
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @returns {T}
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`The page has no #${id}`);
  return /** @type {T} */ (element);
}

/** @param {string} id @returns {HTMLInputElement} */
export const input = (id) => byId(id);

/**
 * @param {string} tag
 * @param {Record<string, string | boolean>} [attributes]
 * @param {...(string | Node)} children
 * @returns {HTMLElement}
 */
export function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "boolean") made.toggleAttribute(name, value);
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/**
 * Text that speaks of what is: it is read out, and does not change if nothing did.
 *
 * @param {string} id
 * @param {string} text
 */
export function say(id, text) {
  const element = byId(id);
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Lets a button be pressed or not. One that has the keyboard gives it on: a disabled one would lose it to nowhere.
 *
 * @param {string} id
 * @param {boolean} isEnabled
 * @param {string} [next] what has the keyboard then
 */
export function enable(id, isEnabled, next) {
  const element = byId(id);
  if (!isEnabled && next !== undefined && document.activeElement === element) byId(next).focus();
  element.toggleAttribute("disabled", !isEnabled);
}

/** @param {string} id @param {boolean} [shown] */
export function show(id, shown = true) {
  byId(id).hidden = !shown;
}

/**
 * @param {string} id
 * @param {string} event
 * @param {(event: any) => unknown} listener
 */
export function on(id, event, listener) {
  byId(id).addEventListener(event, listener);
}
