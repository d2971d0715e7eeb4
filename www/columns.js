// @ts-check
// The names of a table's columns, to choose from. What they hold is read by the package; this reads the first row by the same
// rules: the separator is what a `sep=` line says, or what comes first outside of quotes.

/**
 * @param {string} start of the table
 * @returns {string[]} none if it has one column only
 */
export function columnsOf(start) {
  const text = start.replace(/^\uFEFF/, "");
  const said = /^sep=(.)\r?\n/.exec(text);
  const separator = said?.[1] ?? firstSeparator(text);
  const names = firstRow(text.slice(said?.[0].length ?? 0), separator);
  return names.length > 1 ? names.map((name) => name.trim()) : [];
}

/** @param {string} text */
function firstSeparator(text) {
  let isQuoted = false;
  for (const character of text) {
    if (character === '"') isQuoted = !isQuoted;
    else if (!isQuoted && /[\n\r]/.test(character)) break;
    else if (!isQuoted && /[,;\t]/.test(character)) return character;
  }
  return ",";
}

/**
 * @param {string} text
 * @param {string} separator
 */
function firstRow(text, separator) {
  const cells = [""];
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '"' && isQuoted && text[at + 1] === '"') {
      cells[cells.length - 1] += '"';
      at += 1;
    } else if (character === '"') isQuoted = !isQuoted;
    else if (!isQuoted && (character === "\n" || character === "\r")) break;
    else if (!isQuoted && character === separator) cells.push("");
    else cells[cells.length - 1] += character;
  }
  return cells;
}
