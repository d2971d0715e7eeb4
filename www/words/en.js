// @ts-check
// English. Every other language has the same members: see ../language.js.

/** @typedef {import("../language.js").Format} Format */

/** @param {Format} format */
export const words = ({ number, plural, date }) => ({
  title: "FaceSearch console",
  language: "Language",
  needsScript: "This page needs JavaScript.",
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
  },

  pending: {
    heading: "A deletion was not finished",
    text: (/** @type {string} */ group, /** @type {number} */ count) =>
      `${plural(count, { one: "1 token", other: `${number(count)} tokens` })} from ${group}. Connect as before and choose the same list again: what is settled is not sent again.`,
    resume: "Go on with it",
    forget: "Forget it",
    inUse: "Another tab is running it.",
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
    column: "Column with the tokens",
    columnNone: "Choose one",
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
    another: "This is not the list that was begun: it does not hold the same entries in the same order.",
    practiceFaces: "Faces in the practice library",
    person: "Person",
    token: "Face token",
    tick: (/** @type {string} */ name) => `Choose ${name}`,
    restore: "Put all practice faces back",
    submit: "Review",
  },

  review: {
    heading: "What is about to happen",
    nothingSent: "Nothing has been sent yet.",
    what: (/** @type {number} */ count, /** @type {string} */ group) =>
      `${plural(count, { one: "1 face", other: `${number(count)} faces` })} will be deleted from ${group}.`,
    whatResumed: (/** @type {number} */ count, /** @type {string} */ group) =>
      `The deletion of ${plural(count, { one: "1 face", other: `${number(count)} faces` })} from ${group} will go on.`,
    undo: "This cannot be undone.",
    library: "The library holds now",
    faces: (/** @type {number} */ count) => plural(count, { one: "1 face", other: `${number(count)} faces` }),
    requests: "Requests",
    requestsValue: (/** @type {number} */ count) =>
      plural(count, { one: "1 request", other: `${number(count)} requests` }),
    duration: "How long, about",
    left: "Left out",
    leftNothing: "nothing",
    source: "Read from",
    typePhrase: "To go on, type",
    submit: "Delete",
  },

  run: {
    heading: "Deleting",
    stopping: "Stopping: waiting for what is under way…",
    stop: "Stop",
    progress: (/** @type {number} */ done, /** @type {number} */ total) => `${number(done)} of ${number(total)}`,
    remaining: (/** @type {string} */ time) => `about ${time} left`,
    rate: (/** @type {number} */ rate) => `${number(rate)} a second`,
    concurrency: (/** @type {number} */ count) =>
      plural(count, { one: "1 request at a time", other: `${number(count)} requests at a time` }),
    chart: "Faces a second, and requests at a time, since it began",
    chartRate: "Faces a second",
    chartConcurrency: "Requests at a time",
    waiting: {
      answers: "Waiting for answers.",
      retry: (/** @type {string} */ time) => `Something failed; it is tried again in ${time}.`,
      "server-pause": (/** @type {string} */ time) => `The server asked to wait ${time}.`,
      none: "",
    },
    leave: "The deletion is under way.",
    keep: "You can close this tab: it can be gone on with later.",
  },

  result: {
    heading: "What happened",
    all: (/** @type {number} */ count) =>
      plural(count, { one: "The face is gone.", other: `All ${number(count)} faces are gone.` }),
    some: (/** @type {number} */ gone, /** @type {number} */ total) =>
      `${number(gone)} of ${number(total)} faces are gone.`,
    someKnown: (/** @type {number} */ gone, /** @type {number} */ total, /** @type {number} */ unknown) =>
      `${number(gone)} of ${number(total)} faces are known to be gone; of ${number(unknown)} it is not known.`,
    parts: (/** @type {number} */ deleted, /** @type {number} */ notThere) =>
      `${number(deleted)} deleted, ${number(notThere)} not there.`,
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
    download: "Download",
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
  resent: "Gone either way: it was not there, or this browser sent the request twice and the first one deleted it.",

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
      next: "This machine's clock is off, most likely: set it right, then try again.",
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
      next: "Check the connection, the address and the server. If they are right, the server does not let pages read its answers (CORS): use a proxy.",
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
    UNKNOWN_TABLE: { title: "This looks like a table.", next: "Choose the column with the tokens." },
    UTF_16: { title: "The file is UTF-16 text.", next: "Save it as UTF-8." },
    NOT_TEXT: { title: "This is no text file.", next: "Export it as CSV." },
    MARKUP: { title: "This is a web page, whatever its name says.", next: "Export the list as CSV." },
    UNENDED_QUOTE: { title: "A quote in the table never ends.", next: "Mend the file, then choose it again." },
    MALFORMED_JSON: { title: "This is not JSON.", next: "Mend the file, then choose it again." },
    INVALID_ARGUMENT: { title: "Something that was typed cannot be used.", next: "See the details." },
    PROXY_UNAUTHORIZED: {
      title: "The proxy does not let you in.",
      next: "Sign in, or open the address that was printed when it was started.",
    },
    PROXY: { title: "The proxy did not pass it on.", next: "Check its address, and what it allows." },
    unexpected: { title: "Something unexpected failed.", next: "Load the page again. If it happens again, report it." },
  },
});
