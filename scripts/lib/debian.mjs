// @ts-check
// Installing Debian packages, for machines that can reach nothing else.

import { ask, Failure, run, say, which } from "./shell.mjs";

let listsAreFresh = false;

/**
 * Installs Debian packages that are not there yet.
 *
 * @param {string[]} packages
 * @param {string} purpose what they are for, as in "to drive a browser"
 */
export async function installDebianPackages(packages, purpose) {
  const missing = packages.filter(
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholder is dpkg-query's
    (name) => !ask("dpkg-query", ["--show", "--showformat=${db:Status-Status}", name])?.startsWith("installed"),
  );
  if (missing.length === 0) return;
  const byHand = `apt-get install --no-install-recommends ${missing.join(" ")}`;
  if (which("apt-get") === undefined) {
    throw new Failure(
      `This machine has no apt-get to install ${missing.join(", ")} ${purpose}; install them another way.`,
    );
  }
  if (process.getuid?.() !== 0) {
    throw new Failure(`Installing ${missing.join(", ")} ${purpose} takes root: run 'sudo ${byHand}', then try again.`);
  }
  say(`  installing Debian packages ${purpose}: ${missing.join(", ")} (about a minute)`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const work = "Installing Debian packages";
  const remedy = `Check the network and the package lists, then run '${byHand}' by hand.`;
  if (!listsAreFresh) {
    await run("apt-get", ["update"], { env, quiet: true, work, remedy });
    listsAreFresh = true;
  }
  await run("apt-get", ["install", "--yes", "--no-install-recommends", ...missing], { env, quiet: true, work, remedy });
}
