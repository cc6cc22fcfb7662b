// Asks through OpenAI's own client. Arguments: folder of the modules, address, question, most tokens.
const path = require("path");
const [modules, baseURL, question, most] = process.argv.slice(2);
const { OpenAI } = require(path.join(modules, "openai"));

(async () => {
  const client = new OpenAI({ baseURL, apiKey: "none", maxRetries: 0 });
  const request = { model: "demo", messages: [{ role: "user", content: question }], temperature: 0, max_tokens: Number(most) };
  const said = { models: [] };
  for await (const model of client.models.list()) said.models.push(model.id);
  said.whole = (await client.chat.completions.create(request)).choices[0].message.content;
  said.streamed = "";
  for await (const chunk of await client.chat.completions.create({ ...request, stream: true, stream_options: { include_usage: true } })) {
    if (chunk.choices.length) said.streamed += chunk.choices[0].delta.content ?? "";
    if (chunk.usage) said.usage = chunk.usage;
  }
  const likely = (await client.chat.completions.create({ ...request, max_tokens: undefined, max_completion_tokens: Number(most), response_format: { type: "text" }, logprobs: true })).choices[0];
  said.tokens = likely.logprobs.content.map(it => it.token).join("");
  const completion = (await client.completions.create({ model: "demo", prompt: "Diabetes is", max_tokens: 8, logprobs: 1 })).choices[0];
  said.completion = completion.text;
  said.completionTokens = completion.logprobs.tokens.join("");
  try {
    await client.chat.completions.create({ ...request, temperature: 99 });
  } catch (e) {
    said.refused = e.status;
  }
  console.log(JSON.stringify(said));
})();
