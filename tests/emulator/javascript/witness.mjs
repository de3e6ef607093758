// Calls methods of Scaleway's SDK for JavaScript: reads one JSON command a line, writes one JSON reply a line.
// tests/emulator/test_javascript_sdk.py starts this program and has the commands.
import { createInterface } from "node:readline";
import { createAdvancedClient, Errors, withHTTPClient, withProfile } from "@scaleway/sdk-client";

// JSON has neither times nor files, so both are objects with one key.
const revive = (_, value) =>
  value?.$time ? new Date(value.$time)
  : value?.$file ? new Blob([value.$file], { type: "text/xml" })
  : value;

function replace(key, value) {
  return this[key] instanceof Date ? { $time: value } : value;
}

async function collect(pages) {
  const items = [];
  for await (const page of pages) items.push(...page);
  return items;
}

const WAYS = {
  page: (call) => call,
  all: (call) => call.all(),
  iterated: (call) => collect(call),
};

function failure(error) {
  const classes = Object.keys(Errors).filter((name) => error instanceof Errors[name]);
  return { name: error.name, classes, status: error.status, body: error.body, message: error.message };
}

async function answer({ module, namespace, api, profile, method, request, way }) {
  const responses = [];
  const record = async (sent) => {
    const response = await fetch(sent);
    responses.push({ status: response.status, body: await response.clone().text() });
    return response;
  };
  const { [namespace]: { [api]: API } } = await import(module);
  const sdk = new API(createAdvancedClient(withProfile(profile), withHTTPClient(record)));
  if (!method) {
    return { methods: Object.keys(sdk).filter((name) => typeof sdk[name] === "function") };
  }
  try {
    return { result: await WAYS[way](sdk[method](request)), responses };
  } catch (error) {
    return { error: failure(error), responses };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const reply = await answer(JSON.parse(line, revive));
  process.stdout.write(`${JSON.stringify(reply, replace)}\n`);
}
