// @ts-check
// The entry for bundlers of Workers that meet a `require`: the very same module.

module.exports = require("./workerd.js");
