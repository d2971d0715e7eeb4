// @ts-check
// The entry for `require`. It hands over the very same module, so there is one error class, however it was loaded.

module.exports = require("./node.js");
