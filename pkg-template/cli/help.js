// @ts-check
// What `--help` says.

const HEAD = `finauth-facesearch: deletes faces from a library of FinAuth FaceSearch, and says what happened to each

  finauth-facesearch plan FILE --group LIBRARY      what would be deleted; sends nothing
  finauth-facesearch delete FILE --group LIBRARY    deletes it, after you have typed what it is
  finauth-facesearch resume FILE                    goes on after a stop, a crash, a power cut
  finauth-facesearch verify RECEIPT --token TOKEN   what a receipt says of a token

  finauth-facesearch count --group LIBRARY          how many faces a library holds
  finauth-facesearch sign                           a signature, for your own requests
  finauth-facesearch emulator                       a server to practise with, on this machine
  finauth-facesearch console                        the admin console, in your browser

FILE holds face tokens: text with one a line, CSV, JSON or JSON Lines; '-' is what you pipe in.
Credentials come from the environment, FINAUTH_API_KEY and FINAUTH_API_SECRET, or from a file that says the same
(--credentials FILE); never from the command line.

Exit codes: 0 all deleted, or not there · 1 some are not, or it failed · 2 not sent: wrong use, or no consent · 3 stopped.

finauth-facesearch COMMAND --help tells more.`;

const READING = `  -g, --group LIBRARY     the library
      --format FORMAT     text, csv, json or json-lines; told by the start of the file otherwise
      --column NAME       the column of a table with the tokens, by name or number from 0; face_token otherwise
      --max-delete N      refuse a file with more tokens than this
      --expect N          refuse a file that has not exactly so many
      --batch-size N      at most so many tokens in a request, 1 to 1000
      --json              the result as JSON; without one, why: {"error":{…}}`;

const CONNECTING = `      --credentials FILE  FINAUTH_API_KEY=… and FINAUTH_API_SECRET=…, a line each
      --proxy URL         a proxy that has the credentials
      --base-url URL      another server than the usual one`;

const RUNNING = `${CONNECTING}
      --concurrency N     so many requests at a time, 1 to 64; it adapts otherwise
      --max-absent N%     end when more than this share is not in the library: it may be the wrong one
      --journal FILE      where to write down what is done; FILE.journal otherwise     --no-journal
      --receipt FILE      where to write the receipt; FILE.receipt.json otherwise      --no-receipt
                          another deletion's is left, and the new one gets an id in its name
      --csv FILE          the outcome of each entry, as a table
      --jsonl FILE        the same as JSON, one a line`;

/** @type {Record<string, string>} */
const COMMANDS = {
  plan: `finauth-facesearch plan FILE --group LIBRARY

Reads the file to its end and says what would be deleted, what repeats, and which lines hold no token. Sends nothing, and
needs no credentials. Exits with 1 if there are lines without a token.

${READING}`,
  delete: `finauth-facesearch delete FILE --group LIBRARY

Reads the file, counts, asks the library how many faces it holds, and asks you to type what is about to be deleted. Before a
request leaves, what it is about is on disk: whatever happens, the deletion can be gone on with. At the end there is a
receipt. Ctrl-C once stops, and waits for what is under way; twice cuts it off. With '-' there is a journal and a receipt only
if you say where (--journal FILE, --receipt FILE); without a journal a deletion is not gone on with, but begun again.

${READING}
${RUNNING}
      --confirm PHRASE    for scripts: the phrase that a person would type, as in 'delete 12 from staff'
      --dry-run           plan, and nothing else`,
  resume: `finauth-facesearch resume FILE

Goes on where a deletion ended. The file has to hold the same entries in the same order; the library is the one that the
journal names. What is settled is not sent again; what may have been deleted is asked for again.

${READING}
${RUNNING}`,
  verify: `finauth-facesearch verify RECEIPT --token TOKEN --leaves FILE
finauth-facesearch verify RECEIPT --token TOKEN --proof FILE
finauth-facesearch verify RECEIPT --leaves FILE

Says what a receipt says of a token, with the leaves that were written beside it, or with a proof; without a token, whether
the leaves are those of the receipt. Exits with 1 if it does not hold. It needs no network.

      --token TOKEN       '-' is what you pipe in
      --leaves FILE       written with the receipt
      --proof FILE        made before, for this token
      --save-proof FILE   keep the proof of TOKEN, to hand it on
      --json              the result as JSON; without one, why: {"error":{…}}`,
  count: `finauth-facesearch count --group LIBRARY

Asks how many faces a library holds. It changes nothing, so it is the way to try credentials.

  -g, --group LIBRARY     the library
${CONNECTING}
      --json              the whole answer as JSON; without one, why: {"error":{…}}`,
  sign: `finauth-facesearch sign

Prints a signature, for the field 'sign' of a request of your own. Whoever has it can use it until it ends, for any call.

      --credentials FILE  FINAUTH_API_KEY=… and FINAUTH_API_SECRET=…, a line each
      --valid SECONDS     how long it is good, 1 to 86400; 100 otherwise
      --once              good for a single request`,
  emulator: `finauth-facesearch emulator

A server to practise with, on this machine only. It prints the settings with which the other commands use it. Its libraries
staff and staff-emea have invented people in them, and the tokens that the guides name.

      --port N            8787 otherwise; 0 takes a free one
      --save-list FILE    write a list of tokens in these two libraries, for delete
      --library NAME=FILE a library more, with the tokens that delete would find in a file; as often as you like`,
  console: `finauth-facesearch console

The admin console, on this machine only. Without credentials it is for practice. FINAUTH_GROUPS in the environment limits what
it may delete from: names of libraries with a comma between two.

      --port N            what PORT in the environment says otherwise, or 4173; 0 takes a free one
      --credentials FILE  FINAUTH_API_KEY=… and FINAUTH_API_SECRET=…, a line each`,
};

export function help() {
  return HEAD;
}

/** @param {string} command */
export function helpFor(command) {
  return Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
}
