// @ts-check
// Which state of the sources a package is made of, for whoever holds the package and looks for them.

import { root } from "./places.mjs";
import { ask } from "./shell.mjs";

/** @typedef {ReturnType<typeof buildSource>} Source */

export function buildSource() {
  const git = (/** @type {string[]} */ ...args) => ask("git", ["-C", root, ...args]);
  const head = git("rev-parse", "HEAD");
  const isChanged = git("status", "--porcelain", "--untracked-files=no") !== "";
  return {
    /** The commit, with a plus if files were changed since; `unknown` outside a clone. */
    commit: head === undefined ? "unknown" : `${head}${isChanged ? "+" : ""}`,
    links: links(git("remote", "get-url", "origin")),
  };
}

/**
 * What `package.json` says of where the sources are: the address that they were cloned from, if it is a public one.
 *
 * @param {string | undefined} remote
 */
function links(remote = "") {
  const [, host, path] = remote.match(/^(?:https:\/\/|ssh:\/\/git@|git@)([\w.-]+)[/:]([\w./-]+?)(?:\.git)?$/) ?? [];
  if (host === undefined) return {};
  const home = `https://${host}/${path}`;
  return {
    homepage: `${home}#readme`,
    repository: { type: "git", url: `git+${home}.git` },
    bugs: `${home}/issues`,
  };
}
