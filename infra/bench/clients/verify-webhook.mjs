// Someone else's code verifies our webhook: starts a receiver, submits a job, and hands the delivery to npm
// standardwebhooks; then spoils it and wants it refused.
// usage: node verify-webhook.mjs <key or file of the key> [Offpeak's address]
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";
import { isLoopback, report } from "./support.mjs";

const [, , keyOrFile, offpeak = "http://127.0.0.1:8080"] = process.argv;
if (!keyOrFile) {
  console.error("usage: node verify-webhook.mjs <key or file of the key> [Offpeak's address]");
  process.exit(2);
}
isLoopback(offpeak);
const key = existsSync(keyOrFile) ? readFileSync(keyOrFile, "utf8").trim() : keyOrFile;
const secret = `whsec_${randomBytes(24).toString("base64")}`;
const check = report("npm standardwebhooks against Offpeak's webhook");

const delivery = Promise.withResolvers ? Promise.withResolvers() : deferred();
const receiver = createServer((request, response) => {
  const pieces = [];
  request.on("data", (piece) => pieces.push(piece));
  request.on("end", () => {
    response.writeHead(204).end();
    delivery.resolve({ headers: request.headers, body: Buffer.concat(pieces).toString("utf8") });
  });
});
await new Promise((listening) => receiver.listen(0, "127.0.0.1", listening));
const late = setTimeout(() => delivery.reject(new Error("no webhook came within 30 s")), 30_000);

const submitted = await fetch(`${offpeak}/v1/jobs`, {
  method: "POST",
  headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
  body: JSON.stringify({
    workflow: "classify",
    prompt: `Which department is this for? My parcel is late. ${randomBytes(6).toString("hex")}`,
    webhook: { url: `http://127.0.0.1:${receiver.address().port}/hook`, secret },
  }),
});
const job = await submitted.json();

await check("POST /v1/jobs is accepted and does not echo the secret", async () => {
  assert.equal(submitted.status, 202, JSON.stringify(job));
  assert.ok(!JSON.stringify(job).includes(secret));
  return job.id;
});

try {
  const { headers, body } = submitted.status === 202 ? await delivery.promise : {};
  await check("the delivery verifies", async () => {
    const event = new Webhook(secret).verify(body, headers);
    assert.equal(event.type, "job.succeeded");
    assert.equal(event.data.id, job.id);
    return `${event.type}, ${headers["webhook-id"]}`;
  });
  await check("a changed body does not", async () => {
    assert.throws(() => new Webhook(secret).verify(body.replace("succeeded", "succeedet"), headers));
    return "refused";
  });
  await check("another secret does not", async () => {
    const other = `whsec_${randomBytes(24).toString("base64")}`;
    assert.throws(() => new Webhook(other).verify(body, headers));
    return "refused";
  });
  await check("the body carries no secret", async () => {
    assert.ok(!body.includes(secret));
    return `${body.length} bytes`;
  });
} catch (error) {
  await check("the delivery arrives", async () => {
    throw error;
  });
}
clearTimeout(late);
receiver.close();
check.end();

function deferred() {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
}
