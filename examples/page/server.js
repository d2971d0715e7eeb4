import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { createProxyHandler, toNodeListener } from "finauth-facesearch/proxy/node";

const { ADMIN_TOKEN, PORT = 3000 } = process.env;
if (!ADMIN_TOKEN) throw new Error("ADMIN_TOKEN is not set, so it is not known who may delete");
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };
const PACKAGE = new URL(".", import.meta.resolve("finauth-facesearch"));

const faces = createProxyHandler({
  authorize: (request) => request.headers.get("authorization") === `Bearer ${ADMIN_TOKEN}`,
  allow: { groups: ["staff"] },
});

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, "http://localhost");
  if (pathname === "/faces") return toNodeListener(faces)(request, response);
  const file =
    pathname === "/"
      ? new URL("index.html", import.meta.url)
      : pathname.startsWith("/finauth-facesearch/") &&
        new URL(`.${pathname.slice("/finauth-facesearch".length)}`, PACKAGE);
  try {
    const content = await readFile(fileURLToPath(file));
    response.writeHead(200, { "content-type": TYPES[extname(file.pathname)] ?? "text/plain" }).end(content);
  } catch {
    response.writeHead(404).end();
  }
});
// For this machine only: what ends TLS stands in front of it.
server.listen(Number(PORT), "127.0.0.1", () => console.log(`http://localhost:${PORT}/`));
