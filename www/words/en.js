// @ts-check
// English. Every other language has the same members: see ../language.js.

/** @typedef {import("../language.js").Format} Format */

/** @param {Format} format */
export const words = ({ number, plural, date }) => ({
  title: "FaceSearch console",
  language: "Language",
  back: "Back",
  cancel: "Cancel",
  practiceBadge: "Practice: nothing real happens here",
  keyBadge: "Real: a key and secret of this tab",
  proxyBadge: "Real: through the proxy",
  steps: { connect: "Connect", choose: "Choose", review: "Review", run: "Delete", result: "Result" },
  stepsLabel: "Steps",
  modeLabel: "Mode",

  connect: {
    heading: "Where are the faces?",
    practice: "Practice",
    practiceHelp: "A library of invented people, inside this page. Works offline; nothing real happens.",
    proxy: "Through a proxy",
    proxyHelp: "Recommended. A server of yours keeps the secret; this page never sees it.",
    proxyUrl: "Address of the proxy",
    secret: "With a key and secret, in this tab only",
    secretHelp: "For your own machine. Both are kept in this tab's memory, stored nowhere, and gone when it closes.",
    secretWarning:
      "Whoever can look into this tab, such as an extension of the browser, can read the secret, and with it delete any face of the account. A proxy avoids that.",
    secretUnderstood: "I know, and this is my own machine.",
    apiKey: "API key",
    apiSecret: "API secret",
    baseUrl: "Address of the server",
    baseUrlHelp:
      "This page may ask the server that it was started for. For another one, start it with FINAUTH_BASE_URL in the environment.",
    library: "Library",
    libraryHelp: "Its group_id. To try the connection, it is asked how many faces it holds; nothing is changed.",
    submit: "Connect",
    connecting: "Asking the library how many faces it holds…",
    libraryMissing: "Name the library.",
    keyMissing: "The API key is missing.",
    secretMissing: "The API secret is missing.",
    addressWrong: "This is no address.",
  },

  pending: {
    heading: "A deletion was not finished",
    text: (/** @type {string} */ group, /** @type {number} */ count) =>
      `${plural(count, { one: "1 token", other: `${number(count)} tokens` })} from ${group}. Connect as before and choose the same list again: what is settled is not sent again.`,
    resuming: (/** @type {string} */ group, /** @type {number} */ count) =>
      `${plural(count, { one: "1 token", other: `${number(count)} tokens` })} from ${group}: connect as before, and choose the same list again. Or forget it, to begin another.`,
    openPrinted:
      "If that was through this console's own proxy, open the address that was printed when the console was started: without it the proxy does not let you in.",
    resume: "Go on with it",
    forget: "Forget it",
  },

  choose: {
    heading: "Which faces?",
    connected: (/** @type {string} */ group, /** @type {number} */ count) =>
      `${group} holds ${plural(count, { one: "1 face", other: `${number(count)} faces` })}.`,
    tokens: "Face tokens",
    tokensHelp: "Type or paste them, one a line, or drop a file here: text, CSV or JSON.",
    pickFile: "Choose a file…",
    sample: "Take a sample list",
    clear: "Take it away",
    file: (/** @type {string} */ name, /** @type {number} */ bytes) =>
      `${name}, ${plural(Math.ceil(bytes / 1000), { one: "1 kB", other: `${number(Math.ceil(bytes / 1000))} kB` })}`,
    pasted: "Pasted list",
    typed: "what was typed",
    column: "Column with the tokens",
    columnHelp: "The first line is taken as headings, not as an entry.",
    columnSuspect:
      "This heading looks like a face token. If the table has no headings, its first entry would be left out: give it a line of headings first.",
    columnNone: "Choose one",
    columnUnnamed: (/** @type {number} */ place) => `Column ${number(place)}`,
    reading: (/** @type {number} */ entries) => `Reading… ${number(entries)} entries so far`,
    nothing: "Nothing chosen yet.",
    distinct: (/** @type {number} */ count) =>
      plural(count, { one: "1 face token", other: `${number(count)} different face tokens` }),
    duplicates: (/** @type {number} */ count) =>
      plural(count, { one: "1 repeats an earlier one", other: `${number(count)} repeat an earlier one` }),
    invalid: (/** @type {number} */ count) =>
      plural(count, { one: "1 is no token", other: `${number(count)} are no tokens` }),
    invalidHeading: "Not tokens; they will not be sent",
    line: (/** @type {number} */ line) => `Line ${number(line)}`,
    entry: (/** @type {number} */ entry) => `Entry ${number(entry)}`,
    more: (/** @type {number} */ count) => `and ${number(count)} more`,
    around: (/** @type {number} */ line) => `What stands around line ${number(line)}`,
    another:
      "This is not the list that was begun: it does not hold the same entries in the same order. Go back to forget the unfinished deletion, if you want another one.",
    practiceFaces: "Faces in the practice library",
    person: "Person",
    token: "Face token",
    tick: (/** @type {string} */ name) => `Choose ${name}`,
    facesOff: "While a file or a pasted list is chosen, there is nothing to tick.",
    restore: "Put all practice faces back",
    submit: "Review",
  },

  review: {
    heading: "What is about to happen",
    nothingSent: "Nothing has been sent yet.",
    what: (/** @type {number} */ count, /** @type {string} */ group) =>
      `${plural(count, { one: "1 face token", other: `${number(count)} face tokens` })} will be sent for deletion from ${group}.`,
    whatResumed: (/** @type {number} */ count, /** @type {string} */ group) =>
      `The deletion of ${plural(count, { one: "1 face token", other: `${number(count)} face tokens` })} from ${group} goes on: what is settled is not sent again.`,
    moreThanThere: "That is more than the library holds: is it the right one?",
    undo: "This cannot be undone.",
    library: "The library holds now",
    faces: (/** @type {number} */ count) => plural(count, { one: "1 face", other: `${number(count)} faces` }),
    requests: "Requests",
    requestsValue: (/** @type {number} */ count) =>
      plural(count, { one: "1 request", other: `${number(count)} requests` }),
    requestsAtMost: (/** @type {number} */ count) =>
      plural(count, { one: "at most 1 request", other: `at most ${number(count)} requests` }),
    duration: "How long, about",
    left: "Left out",
    leftNothing: "nothing",
    source: "Read from",
    typePhrase: "To go on, type",
    phraseDiffers: "What is typed differs from this phrase, and nothing was sent. Letter case counts.",
    submit: "Delete",
  },

  run: {
    heading: "Deleting",
    stopping: "Stopping: waiting for what is under way…",
    stop: "Stop",
    progress: (/** @type {number} */ done, /** @type {number} */ total) => `${number(done)} of ${number(total)}`,
    remaining: (/** @type {string} */ time) => `about ${time} left`,
    chart: "Faces a second, and requests at a time, since it began",
    chartRate: "Faces a second",
    chartConcurrency: "Requests at a time",
    waiting: {
      answers: "Waiting for answers.",
      retry: (/** @type {string} */ time) => `Something failed; it is tried again in ${time}.`,
      "server-pause": (/** @type {string} */ time) => `The server asked to wait ${time}.`,
      none: "",
    },
    keep: "You can close this tab: it can be gone on with later.",
  },

  result: {
    heading: "What happened",
    all: (/** @type {number} */ count) =>
      plural(count, { one: "The face was deleted.", other: `All ${number(count)} faces were deleted.` }),
    noneThere: (/** @type {number} */ count) =>
      plural(count, {
        one: "The face is not in the library.",
        other: `None of the ${number(count)} faces is in the library.`,
      }),
    some: (/** @type {number} */ deleted, /** @type {number} */ total) =>
      `${number(deleted)} of ${number(total)} faces were deleted.`,
    someKnown: (/** @type {number} */ deleted, /** @type {number} */ total) =>
      `${number(deleted)} of ${number(total)} faces are known to be deleted.`,
    notThere: (/** @type {number} */ count) =>
      plural(count, { one: "1 is not in the library.", other: `${number(count)} are not in the library.` }),
    unknown: (/** @type {number} */ count) => `Of ${number(count)} it is not known.`,
    failed: (/** @type {number} */ count) =>
      plural(count, { one: "1 was refused.", other: `${number(count)} were refused.` }),
    notSent: (/** @type {number} */ count) =>
      plural(count, { one: "1 was not sent.", other: `${number(count)} were not sent.` }),
    invalid: (/** @type {number} */ count) =>
      plural(count, {
        one: "1 entry is not a face token and was not sent.",
        other: `${number(count)} entries are not face tokens and were not sent.`,
      }),
    holds: (/** @type {number} */ count) =>
      `The library now holds ${plural(count, { one: "1 face", other: `${number(count)} faces` })}.`,
    retry: (/** @type {number} */ count) =>
      plural(count, { one: "Try the unresolved one again", other: `Try the ${number(count)} unresolved again` }),
    receipt: "Receipt",
    leaves: "Leaves",
    receiptHelp:
      "The receipt says what happened and names no token: hand it on. With the leaves, which you keep, the outcome of each single token can be proven.",
    csv: "CSV",
    jsonLines: "JSON Lines",
    print: "Print",
    again: "New deletion",
    table: "The outcome of each entry",
    filter: "Show",
    everything: "everything",
    search: "Find a token",
    index: "No.",
    token: "Face token",
    outcome: "What happened",
    page: (/** @type {number} */ from, /** @type {number} */ to, /** @type {number} */ total) =>
      `${number(from)} to ${number(to)} of ${number(total)}`,
    none: "No entry is like that.",
    previous: "Previous",
    next: "Next",
    requests: (/** @type {number} */ count, /** @type {string} */ time) =>
      `${plural(count, { one: "1 request", other: `${number(count)} requests` })}, ${time}`,
    when: "Finished",
    details: "Details",
    preparing: "Preparing…",
  },

  ended: {
    complete: "",
    stopped: "It was stopped.",
    aborted: "It was cut off.",
    deadline: "The time ran out.",
    "too-many-absent": "So many were not there that it may be the wrong library.",
    failed: "An error ended it.",
    unprepared: "No request could be made any more.",
    "retry-later": "The server asked to come back later.",
  },
  retryAt: (/** @type {Date} */ at) => `Not before ${date(at)}.`,

  outcomes: {
    deleted: { name: "Deleted", what: "The server confirmed it." },
    absent: { name: "Was not there", what: "The library did not hold this token." },
    "absent-after-uncertain": {
      name: "Not there",
      what: "Gone either way: it was not there, or an earlier try of ours deleted it.",
    },
    failed: { name: "Not deleted", what: "The server refused it." },
    unknown: { name: "Unknown", what: "It may have been deleted. Trying again is safe, and settles it." },
    "not-sent": { name: "Not sent", what: "It never went out." },
    duplicate: { name: "Duplicate", what: "The same token stands earlier in the list; it was sent once." },
    invalid: { name: "Not a token", what: "It was never sent." },
  },
  duplicateOf: (/** @type {number} */ of) => `The same token as number ${number(of)}; it was sent once.`,
  refused: (/** @type {string} */ reason) => `The server refused it: ${reason}.`,
  at: (/** @type {string} */ place, /** @type {string} */ what) => `${place}: ${what}`,
  /** How sentences follow each other. */
  sentences: (/** @type {string[]} */ all) => all.filter((one) => one !== "").join(" "),
  clockIsOff: (/** @type {number} */ seconds, /** @type {boolean} */ isBehind) =>
    `This machine's clock is ${plural(seconds, { one: "1 second", other: `${number(seconds)} seconds` })} ${isBehind ? "behind" : "ahead of"} the server's; signatures were made by the server's.`,

  /** By the package's texts. @type {Record<string, string>} */
  problems: {
    "must not be empty": "is empty",
    "must not be longer than 255 bytes": "is longer than 255 bytes",
    "must not contain a comma: it would become two tokens": "has a comma in it",
    "must not contain white space": "has white space in it",
    "must not contain a control character": "has a control character in it",
    "must not contain an invisible character, such as a byte order mark": "has an invisible character in it",
    "must be well-formed text: it holds a replacement character or a lone surrogate": "has damaged characters in it",
    "must not be RemoveAllFaceTokens: it could empty the whole library": "would empty the whole library",
  },

  deliveries: {
    "not-sent": "Nothing was sent.",
    rejected: "The server refused the request before doing anything.",
    "maybe-applied": "Some or all of the faces may have been deleted.",
    applied: "The request took effect.",
  },

  /** By code, else by name: what is wrong, and what to do. @type {Record<string, { title: string, next: string }>} */
  errors: {
    AuthenticationError: {
      title: "The server does not accept the signature.",
      next: "Check the API key and the secret, and that this machine's clock is right.",
    },
    EXPIRED_SIGN: {
      title: "For the server, the signature has expired.",
      next: "The clock is off, most likely: that of this machine, or of the proxy. Set it right, then try again.",
    },
    PermissionError: {
      title: "This key may not do that.",
      next: "Ask whoever manages the account whether it may delete faces, and from here.",
    },
    GroupNotFoundError: { title: "There is no such library.", next: "Check its name: letter case counts." },
    ThrottledError: { title: "The server is asked too much at present.", next: "Wait a little, then try again." },
    ServerError: { title: "The server failed.", next: "Try again later: deleting a token twice is safe." },
    TimeoutError: { title: "There was no answer in time.", next: "Try again: deleting a token twice is safe." },
    ConnectionError: {
      title: "There was no answer that this page can read.",
      next: "Check the connection and the address. If they are right, the server does not let this page read its answers (CORS): use a proxy, on the server that this page is from.",
    },
    ProtocolError: {
      title: "The answer is not one of a FaceSearch server.",
      next: "Check the address: something else answers there.",
    },
    BadRequestError: { title: "The server does not accept the request.", next: "Check the library and the list." },
    WASM_BLOCKED: {
      title: "This page is not allowed to run WebAssembly.",
      next: "The server has to add 'wasm-unsafe-eval' to script-src in its Content-Security-Policy.",
    },
    WASM_NOT_FOUND: {
      title: "A part of this page is missing.",
      next: "Check the connection, then load the page again.",
    },
    JOURNAL_IN_USE: { title: "Another tab is at work.", next: "Go on there, or close it first." },
    JOURNAL_FAILED: {
      title: "What is done cannot be written down, so nothing more was sent.",
      next: "Free some space in this browser, or leave private browsing, then go on.",
    },
    JOURNAL_DAMAGED: {
      title: "What was written down is damaged.",
      next: "Forget it, and choose the list again: deleting a token twice is safe.",
    },
    NO_SUCH_COLUMN: { title: "The table has no such column.", next: "Choose the column with the tokens." },
    AMBIGUOUS_COLUMN: { title: "Several columns could be meant.", next: "Choose the column with the tokens." },
    NO_SUCH_MEMBER: {
      title: "Nothing in this JSON is called face_token.",
      next: "Name the tokens so, or choose a list of tokens.",
    },
    UNKNOWN_TABLE: { title: "This looks like a table.", next: "Choose the column with the tokens." },
    UTF_16: { title: "The file is UTF-16 text.", next: "Save it as UTF-8." },
    NOT_TEXT: { title: "This is no text file.", next: "Export it as CSV." },
    MARKUP: { title: "This is a web page, whatever its name says.", next: "Export the list as CSV." },
    JOURNAL_CHANGED: {
      title: "Another tab has gone on with it, or forgotten it.",
      next: "Load the page again: if something is left to do, it is offered to go on with it.",
    },
    JOURNAL_NOT_EMPTY: {
      title: "A deletion was begun before, and not finished.",
      next: "Go on with it, or forget it; then begin another.",
    },
    JOURNAL_OF_ANOTHER_GROUP: {
      title: "The unfinished deletion is from another library.",
      next: "Connect to that one to go on with it; or forget it, to begin another.",
    },
    JOURNAL_OF_ANOTHER_SERVER: {
      title: "The unfinished deletion is from another server.",
      next: "Connect to that one, by the same address, to go on with it; or forget it, to begin another.",
    },
    WORKER_FAILED: {
      title: "A part of this page has failed, and does nothing any more.",
      next: "Load the page again. If a deletion was under way, it may have deleted faces: it is offered to go on with it.",
    },
    UNENDED_QUOTE: { title: "A quote in the table never ends.", next: "Mend the file, then choose it again." },
    MALFORMED_JSON: { title: "This is not JSON.", next: "Mend the file, then choose it again." },
    INVALID_ARGUMENT: { title: "Something that was typed cannot be used.", next: "See the details." },
    PROXY_UNAUTHORIZED: {
      title: "The proxy does not let you in.",
      next: "Sign in, or open the address that was printed when it was started.",
    },
    NO_PROXY_HERE: {
      title: "This console was started without credentials, so it has no proxy.",
      next: "Start it with FINAUTH_API_KEY and FINAUTH_API_SECRET in its environment, or name another proxy.",
    },
    PROXY_NOT_FOUND: { title: "There is no proxy at this address.", next: "Check the address." },
    PROXY_THROTTLED: { title: "The proxy is asked too much at present.", next: "Wait a minute, then try again." },
    PROXY_FAILED: { title: "The proxy itself failed.", next: "Whoever runs it finds in its log why." },
    PROXY_UNREACHABLE: { title: "The proxy is not reached.", next: "Try again later, or ask whoever runs it." },
    PROXY: { title: "The proxy did not pass it on.", next: "Check its address, and what it allows." },
    unexpected: { title: "Something unexpected failed.", next: "Load the page again. If it happens again, report it." },
  },
});
