"use client";

import { FaceSearchClient } from "finauth-facesearch";
import { useState } from "react";

export default function Page() {
  const [lines, setLines] = useState([]);

  async function erase(form) {
    const authorization = `Bearer ${form.get("password")}`;
    const client = new FaceSearchClient({
      proxyUrl: "/faces",
      fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, authorization } }),
    });
    try {
      const report = await client.deleteMany(form.get("tokens"), { groupId: "staff", maxDelete: 1000 }).report;
      setLines([...report.outcomes()].map(({ token, problem, outcome }) => `${token ?? problem}: ${outcome}`));
    } catch (error) {
      setLines([error.message]);
    }
  }

  return (
    <>
      <form action={erase}>
        <label>
          Password <input name="password" type="password" required />
        </label>
        <label>
          Face tokens <textarea name="tokens" rows="5" required />
        </label>
        <button type="submit">Erase</button>
      </form>
      <ol id="outcomes">
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ol>
    </>
  );
}
