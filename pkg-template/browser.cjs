// @ts-check
// The entry for bundlers of pages that meet a `require`: the very same module.

module.exports = require("./browser.js");
