// The official clients of npm against the simulator: answers, lists and errors, and who raises what.
// usage: node simulator-clients.mjs [simulator's address]
import assert from "node:assert/strict";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { isLoopback, report } from "./support.mjs";

const simulator = process.argv[2] ?? "http://127.0.0.1:8090";
isLoopback(simulator);
const openai = new OpenAI({ apiKey: "bench", baseURL: `${simulator}/v1`, maxRetries: 0 });
const anthropic = new Anthropic({ apiKey: "bench", baseURL: `${simulator}/anthropic`, maxRetries: 0 });
const check = report("npm openai and @anthropic-ai/sdk against the simulator");

async function behave(changes) {
  const answer = await fetch(`${simulator}/_sim/behaviour`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(changes),
  });
  assert.equal(answer.ok, true, `PUT /_sim/behaviour answered ${answer.status}`);
}

async function raised(call) {
  try {
    await call();
  } catch (error) {
    return error;
  }
  assert.fail("no error was raised");
}

const question = [{ role: "user", content: "Name a colour." }];
await behave({ error_rate: 0, latency_ms: 0, latency_jitter_ms: 0, rate_limit_rpm: null, rate_limit_tpm: null });

await check("openai chat.completions.create", async () => {
  const { data, response } = await openai.chat.completions
    .create({ model: "gpt-4o-mini", messages: question, temperature: 0 })
    .withResponse();
  assert.equal(data.object, "chat.completion");
  assert.equal(data.choices[0].message.role, "assistant");
  assert.ok(data.choices[0].message.content.length > 0);
  assert.equal(data.usage.total_tokens, data.usage.prompt_tokens + data.usage.completion_tokens);
  assert.ok(response.headers.get("x-request-id"));
  return `${data.model}, ${data.usage.total_tokens} tokens, finish ${data.choices[0].finish_reason}`;
});

await check("openai chat.completions.create with json_schema", async () => {
  const schema = {
    type: "object",
    properties: { colour: { type: "string" } },
    required: ["colour"],
    additionalProperties: false,
  };
  const data = await openai.chat.completions.create({
    model: "gpt-4o-mini",
    messages: question,
    response_format: { type: "json_schema", json_schema: { name: "colour", strict: true, schema } },
  });
  const answer = JSON.parse(data.choices[0].message.content);
  assert.equal(typeof answer.colour, "string");
  return JSON.stringify(answer).slice(0, 60);
});

await check("openai chat.completions.create, cut off", async () => {
  const data = await openai.chat.completions.create({ model: "gpt-4o-mini", messages: question, max_tokens: 1 });
  assert.equal(data.choices[0].finish_reason, "length");
  return "finish length";
});

await check("openai chat.completions.create, streamed", async () => {
  const stream = await openai.chat.completions.create({ model: "gpt-4o-mini", messages: question, stream: true });
  let text = "";
  for await (const chunk of stream) text += chunk.choices[0]?.delta?.content ?? "";
  assert.ok(text.length > 0);
  return `${text.length} characters`;
});

await check("openai responses.create", async () => {
  const data = await openai.responses.create({ model: "gpt-4o-mini", input: "Name a colour." });
  assert.equal(data.object, "response");
  assert.equal(data.status, "completed");
  assert.ok(data.output_text.length > 0);
  return `${data.usage.input_tokens} in, ${data.usage.output_tokens} out`;
});

await check("openai embeddings.create", async () => {
  const data = await openai.embeddings.create({ model: "text-embedding-3-small", input: ["one", "two"] });
  assert.equal(data.data.length, 2);
  assert.ok(data.data.every((row) => row.embedding.every(Number.isFinite)));
  return `2 vectors of ${data.data[0].embedding.length}`;
});

await check("openai models.list and retrieve", async () => {
  const ids = [];
  for await (const model of openai.models.list()) ids.push(model.id);
  assert.ok(ids.includes("gpt-4o-mini"));
  const one = await openai.models.retrieve("gpt-4o-mini");
  assert.equal(one.object, "model");
  return `${ids.length} models`;
});

await check("openai NotFoundError for an unknown model", async () => {
  const error = await raised(() => openai.chat.completions.create({ model: "no-such-model", messages: question }));
  assert.ok(error instanceof OpenAI.NotFoundError, error.constructor.name);
  return `${error.status} ${error.code}`;
});

await check("openai BadRequestError for a wrong type", async () => {
  const error = await raised(() =>
    openai.chat.completions.create({ model: "gpt-4o-mini", messages: question, temperature: "warm" }),
  );
  assert.ok(error instanceof OpenAI.BadRequestError, error.constructor.name);
  return `${error.status} ${error.param}`;
});

await check("openai AuthenticationError without a key", async () => {
  const error = await raised(() =>
    openai.chat.completions.create(
      { model: "gpt-4o-mini", messages: question },
      { headers: { Authorization: null } },
    ),
  );
  assert.ok(error instanceof OpenAI.AuthenticationError, error.constructor.name);
  return `${error.status}`;
});

await check("openai RateLimitError past the limit", async () => {
  await behave({ rate_limit_rpm: 1 });
  try {
    const ask = () => openai.chat.completions.create({ model: "gpt-4o-mini", messages: question });
    const error = await raised(async () => {
      for (let i = 0; i < 5; i++) await ask();
    });
    assert.ok(error instanceof OpenAI.RateLimitError, error.constructor.name);
    return `${error.status} retry-after ${error.headers.get("retry-after")}`;
  } finally {
    await behave({ rate_limit_rpm: null });
  }
});

await check("openai InternalServerError where the simulator fails", async () => {
  await behave({ error_rate: 1, error_status: 503 });
  try {
    const error = await raised(() => openai.chat.completions.create({ model: "gpt-4o-mini", messages: question }));
    assert.ok(error instanceof OpenAI.InternalServerError, error.constructor.name);
    return `${error.status}`;
  } finally {
    await behave({ error_rate: 0, error_status: 500 });
  }
});

await check("anthropic messages.create", async () => {
  const data = await anthropic.messages.create({ model: "claude-haiku-4-5", max_tokens: 64, messages: question });
  assert.equal(data.type, "message");
  assert.equal(data.content[0].type, "text");
  assert.ok(data.usage.input_tokens > 0 && data.usage.output_tokens > 0);
  return `${data.model}, stop ${data.stop_reason}`;
});

await check("anthropic messages.create with a system prompt", async () => {
  const data = await anthropic.messages.create({
    model: "claude-haiku-4-5",
    max_tokens: 1,
    system: [{ type: "text", text: "Be brief.", cache_control: { type: "ephemeral" } }],
    messages: question,
  });
  assert.equal(data.stop_reason, "max_tokens");
  return "stop max_tokens";
});

await check("anthropic with a bearer token", async () => {
  const other = new Anthropic({ apiKey: null, authToken: "bench", baseURL: `${simulator}/anthropic`, maxRetries: 0 });
  const data = await other.messages.create({ model: "claude-haiku-4-5", max_tokens: 16, messages: question });
  return data.id.slice(0, 4);
});

await check("anthropic models.list", async () => {
  const ids = [];
  for await (const model of anthropic.models.list()) ids.push(model.id);
  assert.ok(ids.some((id) => id.startsWith("claude-haiku-4-5")));
  return `${ids.length} models`;
});

await check("anthropic BadRequestError without max_tokens", async () => {
  const error = await raised(() => anthropic.messages.create({ model: "claude-haiku-4-5", messages: question }));
  assert.ok(error instanceof Anthropic.BadRequestError, error.constructor.name);
  return `${error.status} ${error.error?.error?.type}`;
});

await check("anthropic NotFoundError for an unknown model", async () => {
  const error = await raised(() =>
    anthropic.messages.create({ model: "claude-none", max_tokens: 1, messages: question }),
  );
  assert.ok(error instanceof Anthropic.NotFoundError, error.constructor.name);
  return `${error.status} ${error.error?.error?.type}`;
});

await check("anthropic overloaded where the simulator says 529", async () => {
  await behave({ error_rate: 1, error_status: 529 });
  try {
    const error = await raised(() =>
      anthropic.messages.create({ model: "claude-haiku-4-5", max_tokens: 1, messages: question }),
    );
    assert.equal(error.status, 529);
    return `${error.status} ${error.error?.error?.type}`;
  } finally {
    await behave({ error_rate: 0, error_status: 500 });
  }
});

check.end();
