// The wasm as a compiled module, in the words of the newest JavaScript. On its own, for the sake of who cannot read them.

import source module from "../wasm/finauth_facesearch_bg.wasm";

export default module;
