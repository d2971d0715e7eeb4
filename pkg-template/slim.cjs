// @ts-check
// The entry for `require`: the very same module.

module.exports = require("./slim.js");
