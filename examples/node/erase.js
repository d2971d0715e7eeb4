import { openAsBlob } from "node:fs";
import { writeFile } from "node:fs/promises";
import { FaceSearchClient } from "finauth-facesearch";
import { fileJournal } from "finauth-facesearch/journal/fs";

const client = new FaceSearchClient(); // FINAUTH_API_KEY and FINAUTH_API_SECRET from the environment

const run = client.resume(await openAsBlob("faces.csv"), {
  groupId: "staff",
  maxDelete: 1000, // more than that must be a mistake
  journal: fileJournal("faces.csv.journal"),
});
for await (const { outcome, token, line } of run) console.log(outcome, token ?? `(line ${line})`);

const report = await run.report;
await writeFile("receipt.json", (await report.receipt()).json);
console.log(report.counts);
// Another run settles what is left, except entries that are no tokens and tokens that the server rejects.
if (!report.allGone) process.exitCode = 1;
