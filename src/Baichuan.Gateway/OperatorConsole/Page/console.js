// The operators' page: asks for a snapshot every two seconds and draws it. The chat is an ordinary client of /v1/chat/completions.

const period = 2000;
const words = {
  en: {
    skip: "Skip to content", console: "console", language: "Language", signIn: "Operators only", key: "API key of an operator", open: "Open", now: "Now", replicas: "Replicas",
    traffic: "Last five minutes", thisGateway: "at this gateway", silos: "Silos", silo: "Silo", state: "State", slots: "Slots in use", kvPerSlot: "KV cache per slot", process: "Process",
    events: "Recent events", try: "Try the model", tryHint: "For trying only: enter no patient data, and use no answer without checking it.", question: "Your message",
    mostTokens: "Most tokens", send: "Send", stop: "Stop", clear: "Clear", live: "Live", stale: "The cluster does not answer; last known state", draining: "This gateway is draining",
    lost: "No answer from the gateway", connecting: "Connecting", signedOut: "Not signed in", profile: "profile", context: "context {0}", ready: "ready", forming: "forming", waiting: "waiting", serving: "serving",
    leaving: "leaving", replica: "Replica {0}", stage: "Stage {0}", rank: "Rank {0}", slot: "slot {0}", epoch: "epoch", coordinator: "coordinator", running: "running", queued: "in queue",
    kvGlobal: "KV cache, global", kvSliding: "KV cache, sliding", blocks: "{0} of {1} blocks", replicasReady: "Replicas ready", of: "of {0}", runningNow: "Running", queuedNow: "In queue",
    outRate: "Tokens out", perSecond: "per s", firstToken: "First token", interToken: "Between tokens", p90: "p90", median: "median", kvUse: "KV cache in use", failed: "Failed",
    inFive: "in 5 min", tokens: "Tokens per second", prompt: "prompt", completion: "completion", requests: "Requests ended", done: "done", failedSeries: "failed", ago: "5 min ago", nowAxis: "now",
    noReplica: "No replica is known yet.", noEvents: "Nothing has happened yet.", noPlaces: "Its shards have no place.",
    "silo-joined": "Silo {silo} joined", "silo-left": "Silo {silo} left", "replica-ready": "Replica {replica} is ready in epoch {epoch}",
    "replica-forming": "Replica {replica} forms epoch {epoch}", "replica-waiting": "Replica {replica} waits",
    figures: "{0} tokens, first after {1}, {2} tokens per s, {3}", stopReason: "complete", lengthReason: "cut at the limit", cancelled: "stopped", broken: "The answer broke off.",
    you: "You", model: "Model", page: "Baichuan console",
  },
  zh: {
    skip: "跳到正文", console: "控制台", language: "语言", signIn: "仅限运维人员", key: "运维人员的 API 密钥", open: "进入", now: "当前状态", replicas: "副本",
    traffic: "最近五分钟", thisGateway: "仅本网关", silos: "节点（silo）", silo: "节点", state: "状态", slots: "已用槽位", kvPerSlot: "每槽 KV 缓存", process: "进程",
    events: "最近事件", try: "试用模型", tryHint: "仅供试用：请勿输入患者数据；回答须经核实方可使用。", question: "您的消息",
    mostTokens: "最多 token 数", send: "发送", stop: "停止", clear: "清空", live: "实时", stale: "集群无应答；显示最后已知状态", draining: "本网关正在退出",
    lost: "网关无应答", connecting: "正在连接", signedOut: "未登录", profile: "配置", context: "上下文 {0}", ready: "就绪", forming: "组建中", waiting: "等待中", serving: "服务中",
    leaving: "正在退出", replica: "副本 {0}", stage: "流水级 {0}", rank: "并行位 {0}", slot: "槽 {0}", epoch: "纪元", coordinator: "协调者", running: "运行中", queued: "排队",
    kvGlobal: "KV 缓存（全局）", kvSliding: "KV 缓存（滑窗）", blocks: "{0} / {1} 块", replicasReady: "就绪副本", of: "共 {0}", runningNow: "运行中", queuedNow: "排队中",
    outRate: "输出速度", perSecond: "token/秒", firstToken: "首个 token", interToken: "token 间隔", p90: "p90", median: "中位数", kvUse: "KV 缓存占用", failed: "失败",
    inFive: "5 分钟内", tokens: "每秒 token 数", prompt: "输入", completion: "输出", requests: "已结束的请求", done: "完成", failedSeries: "失败", ago: "5 分钟前", nowAxis: "现在",
    noReplica: "尚无已知副本。", noEvents: "尚无事件。", noPlaces: "其分片尚未放置。",
    "silo-joined": "节点 {silo} 加入", "silo-left": "节点 {silo} 离开", "replica-ready": "副本 {replica} 就绪（纪元 {epoch}）",
    "replica-forming": "副本 {replica} 正在组建纪元 {epoch}", "replica-waiting": "副本 {replica} 等待中",
    figures: "{0} 个 token，首个耗时 {1}，每秒 {2} 个，{3}", stopReason: "完整", lengthReason: "达到上限", cancelled: "已停止", broken: "回答中断。",
    you: "您", model: "模型", page: "百川控制台",
  },
};

const $ = id => document.getElementById(id);
let language = localStorage.getItem("language") ?? (navigator.language.startsWith("zh") ? "zh" : "en");
let key = sessionStorage.getItem("key") ?? "";
let last = null; // the snapshot that is shown
let link = ["connecting", "wait"];

const say = (word, ...values) => values.reduce((text, value, i) => text.replace(`{${i}}`, value), words[language][word] ?? word);
const number = (value, digits = 0) => value.toLocaleString(language === "zh" ? "zh-CN" : "en-GB", { maximumFractionDigits: digits, minimumFractionDigits: digits });
const seconds = value => value === null ? "–" : value < 1 ? `${number(value * 1000)} ms` : `${number(value, value < 10 ? 2 : 1)} s`;
const place = silo => silo?.split("@")[0] ?? "–";

/** An element; children are elements or text, so nothing that a server says is ever markup. */
function make(name, attributes = {}, ...children) {
  const element = name.startsWith("svg:") ? document.createElementNS("http://www.w3.org/2000/svg", name.slice(4)) : document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) element.setAttribute(attribute, value);
  }
  element.append(...children.filter(child => child !== null));
  return element;
}

// --- what is shown

function translate() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  document.title = say("page");
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = say(element.dataset.t);
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", say(element.dataset.label));
  for (const button of document.querySelectorAll("[data-language]")) button.setAttribute("aria-pressed", button.dataset.language === language);
  showLink();
  if (last) show(last);
}

function showLink() {
  const [word, kind] = link;
  if ($("link").textContent !== say(word)) $("link").textContent = say(word);
  $("link").className = kind;
}

function show(snapshot) {
  last = snapshot;
  const cluster = snapshot.cluster;
  link = snapshot.draining ? ["draining", "wait"] : !cluster || !cluster.current ? ["stale", "bad"] : ["live", "good"];
  showLink();
  $("identity").replaceChildren(snapshot.model, ...(cluster ? [" · ", say("context", number(cluster.contextLength)), " · ", say("profile"), " ", make("code", {}, cluster.profile.slice(0, 12))] : []));
  const replicas = cluster?.replicas ?? [];
  const silos = cluster?.silos ?? [];
  showTiles(replicas, snapshot.traffic, snapshot.sliceSeconds);
  const leaving = new Set(silos.filter(silo => silo.state === "leaving").map(silo => silo.address));
  replace($("replicas"), replicas.length ? replicas.map(replica => drawReplica(replica, leaving)) : [make("p", { class: "empty" }, say("noReplica"))]);
  drawCharts(snapshot.traffic);
  $("silos").replaceChildren(...silos.map(silo => make("tr", {},
    make("td", {}, make("code", {}, place(silo.address))), make("td", {}, badge(silo.state)), make("td", {}, `${silo.taken} / ${silo.slots}`),
    make("td", {}, `${number(silo.kvBytesPerSlot / 2 ** 20)} MiB`), make("td", {}, String(silo.processId)))));
  replace($("events"), snapshot.events.length ? snapshot.events.map(drawEvent) : [make("li", { class: "empty" }, say("noEvents"))]);
}

/** Puts new children in place, but keeps where somebody scrolled to. */
function replace(element, children) {
  const top = element.scrollTop;
  element.replaceChildren(...children);
  element.scrollTop = top;
}

function badge(state) {
  const kind = { ready: "good", serving: "good", forming: "wait", waiting: "bad", leaving: "wait" }[state];
  return make("span", { class: `badge ${kind}` }, say(state));
}

function showTiles(replicas, traffic, slice) {
  const recent = traffic.slice(-5);
  const mean = field => recent.length ? recent.reduce((sum, point) => sum + point[field], 0) / recent.length : 0;
  const latest = field => traffic.findLast(point => point[field] !== null)?.[field] ?? null;
  const pools = replicas.flatMap(replica => [replica.global, replica.sliding]).filter(pool => pool.total > 0);
  const use = pools.length ? Math.max(...pools.map(pool => pool.used / pool.total)) : 0;
  const sum = field => replicas.reduce((total, replica) => total + replica[field], 0);
  const tiles = [
    ["replicasReady", number(replicas.filter(replica => replica.state === "ready").length), say("of", replicas.length)],
    ["runningNow", number(sum("running")), ""],
    ["queuedNow", number(sum("waiting")), ""],
    ["outRate", number(mean("completionRate"), 1), say("perSecond")],
    ["firstToken", seconds(latest("firstTokenP90")), say("p90")],
    ["interToken", seconds(latest("interTokenP90")), say("p90")],
    ["kvUse", `${number(use * 100)} %`, ""],
    ["failed", number(traffic.reduce((total, point) => total + point.failed, 0)), say("inFive")],
  ];
  $("tiles").replaceChildren(...tiles.map(([word, value, unit]) => make("div", {}, make("dt", {}, say(word)), make("dd", {}, value, " ", make("small", {}, unit)))));
}

function drawReplica(replica, leaving) {
  const stages = Map.groupBy(replica.shards, shard => shard.stage);
  const name = `replica-${replica.index}`;
  return make("article", { class: "replica", "aria-labelledby": name },
    make("h3", { id: name }, say("replica", replica.index), badge(replica.state)),
    make("p", { class: "facts" },
      make("span", {}, say("epoch"), " ", make("b", {}, number(replica.epoch))),
      make("span", {}, say("running"), " ", make("b", {}, number(replica.running))),
      make("span", {}, say("queued"), " ", make("b", {}, number(replica.waiting))),
      make("span", {}, say("coordinator"), " ", make("b", {}, place(replica.coordinator))),
      make("span", {}, say("profile"), " ", make("code", {}, replica.profile.slice(0, 12)))),
    replica.note ? make("p", { class: "note", lang: "en" }, replica.note) : null,
    stages.size === 0 ? make("p", { class: "empty" }, say("noPlaces")) : make("ol", { class: "stages" }, ...[...stages].map(([stage, shards]) => make("li", {},
      make("h4", {}, say("stage", stage)),
      make("ul", {}, ...shards.map(shard => make("li", { class: leaving.has(shard.silo) && "leaving" },
        make("span", {}, say("rank", shard.rank)), make("span", {}, make("code", {}, place(shard.silo)), " ", say("slot", shard.slot), leaving.has(shard.silo) ? ` · ${say("leaving")}` : ""))))))),
    meter("kvGlobal", replica.global), meter("kvSliding", replica.sliding));
}

function meter(word, pool) {
  const share = pool.total ? pool.used / pool.total : 0;
  const text = say("blocks", number(pool.used), number(pool.total));
  return make("div", { class: "meter" }, make("span", {}, say(word)),
    make("svg:svg", { class: share > 0.9 ? "bar full" : "bar", viewBox: "0 0 100 1", preserveAspectRatio: "none", role: "img", "aria-label": text }, make("svg:rect", { width: share * 100, height: 1 })),
    make("span", {}, text));
}

function drawEvent(event) {
  const text = words[language][event.kind].replace("{silo}", place(event.silo)).replace("{replica}", event.replica).replace("{epoch}", event.epoch);
  const time = new Date(event.time);
  return make("li", {}, make("time", { datetime: time.toISOString() }, time.toLocaleTimeString("en-GB")), make("span", {}, text, event.note ? make("span", { class: "why", lang: "en" }, ` – ${event.note}`) : null));
}

// --- charts: five minutes, one or two lines

const charts = [
  ["tokens", [["completion", "completionRate"], ["prompt", "promptRate"]], value => number(value, value < 10 ? 1 : 0)],
  ["firstToken", [["median", "firstTokenMedian"], ["p90", "firstTokenP90"]], seconds],
  ["interToken", [["median", "interTokenMedian"], ["p90", "interTokenP90"]], seconds],
  ["requests", [["done", "done"], ["failedSeries", "failed"]], value => number(value)],
];

function drawCharts(traffic) {
  $("charts").replaceChildren(...charts.map(([word, series, format]) => {
    const most = nice(Math.max(...series.flatMap(([, field]) => traffic.map(point => point[field] ?? 0)), 0));
    const values = series.map(([, field]) => traffic.findLast(point => point[field] !== null)?.[field] ?? null);
    const label = `${say(word)}: ${series.map(([name], i) => `${say(name)} ${values[i] === null ? "–" : format(values[i])}`).join(", ")}`;
    return make("figure", {},
      make("figcaption", {}, make("span", { class: "name" }, say(word)),
        make("span", { class: "series" }, ...series.map(([name], i) => make("span", {}, `${say(name)} ${values[i] === null ? "–" : format(values[i])}`)))),
      make("p", { class: "axis", "aria-hidden": "true" }, format(most)),
      make("svg:svg", { class: "chart", viewBox: "0 0 300 80", preserveAspectRatio: "none", role: "img", "aria-label": label },
        make("svg:line", { x1: 0, x2: 300, y1: 1, y2: 1 }), make("svg:line", { x1: 0, x2: 300, y1: 79, y2: 79 }),
        ...series.map(([, field], i) => make("svg:path", { class: i ? "second" : undefined, d: line(traffic, field, most) }))),
      make("p", { class: "axis", "aria-hidden": "true" }, make("span", {}, say("ago")), make("span", {}, say("nowAxis"))));
  }));
}

/** The newest slice is at the right; where there is nothing to measure the line has a gap, and a slice alone is a short stroke. */
function line(traffic, field, most) {
  const step = 300 / 150;
  let path = "";
  let open = false;
  traffic.forEach((point, i) => {
    const value = point[field];
    if (value === null) {
      open = false;
      return;
    }
    const x = 300 - (traffic.length - i) * step;
    const y = (79 - 78 * Math.min(value / most, 1)).toFixed(1);
    path += open ? `L${x} ${y}` : `M${x} ${y}h1`;
    open = true;
  });
  return path;
}

/** The next of 1, 2, 5, 10, ... */
function nice(value) {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].find(factor => factor * power >= value) * power;
}

// --- the snapshot

const headers = () => key ? { Authorization: `Bearer ${key}` } : {};

async function look() {
  try {
    const response = await fetch("snapshot", { headers: headers(), signal: AbortSignal.timeout(5000) });
    if (response.status === 401 || response.status === 403) {
      askForKey(key ? (await response.json()).error.message : "");
      return;
    }
    if (!response.ok) throw new Error(String(response.status));
    $("sign-in").hidden = true;
    $("content").hidden = false;
    sessionStorage.setItem("key", key);
    show(await response.json());
  } catch {
    link = ["lost", "bad"];
    showLink();
  }
  setTimeout(look, period);
}

function askForKey(refusal) {
  $("content").hidden = true;
  $("sign-in").hidden = false;
  $("refusal").textContent = refusal;
  link = ["signedOut", "wait"];
  showLink();
  $("key").focus();
}

$("sign-in").addEventListener("submit", event => {
  event.preventDefault();
  key = $("key").value.trim();
  look();
});

for (const button of document.querySelectorAll("[data-language]")) {
  button.addEventListener("click", () => {
    language = button.dataset.language;
    localStorage.setItem("language", language);
    translate();
  });
}

// --- the chat

let talk = []; // as the API takes it
let running = null;

function add(kind, text = "", speaker = "") {
  const bubble = make("div", { class: kind, "aria-label": speaker || undefined }, text);
  $("talk").append(bubble);
  $("talk").scrollTop = $("talk").scrollHeight;
  return bubble;
}

function setRunning(control) {
  running = control;
  $("send").disabled = control !== null;
  $("stop").disabled = control === null;
  $("talk").setAttribute("aria-busy", control !== null);
}

$("ask").addEventListener("submit", async event => {
  event.preventDefault();
  if (running) return;
  const question = $("question").value;
  $("question").value = "";
  add("mine", question, say("you"));
  const bubble = add("theirs", "", say("model"));
  const messages = [...talk, { role: "user", content: question }];
  const control = new AbortController();
  setRunning(control);
  const answer = { text: "", tokens: null, first: null, reason: null };
  const begun = performance.now();
  try {
    await stream({ messages, max_tokens: $("tokens").valueAsNumber, stream: true, stream_options: { include_usage: true } }, control.signal, chunk => {
      const choice = chunk.choices[0];
      answer.tokens = chunk.usage?.completion_tokens ?? answer.tokens;
      answer.reason = choice?.finish_reason ?? answer.reason;
      const piece = choice?.delta?.content;
      if (!piece) return;
      answer.first ??= performance.now() - begun;
      answer.text += piece;
      const follows = $("talk").scrollHeight - $("talk").scrollTop - $("talk").clientHeight < 40;
      bubble.textContent = answer.text;
      if (follows) $("talk").scrollTop = $("talk").scrollHeight;
    });
    if (answer.reason === null) throw new Error(say("broken"));
    const took = (performance.now() - begun - (answer.first ?? 0)) / 1000;
    add("figures", say("figures", number(answer.tokens ?? 0), seconds((answer.first ?? 0) / 1000), number(((answer.tokens ?? 1) - 1) / Math.max(took, 0.001), 1),
      say(answer.reason === "stop" ? "stopReason" : "lengthReason")));
    talk = [...messages, { role: "assistant", content: answer.text }];
  } catch (error) {
    if (!answer.text) bubble.remove();
    add(control.signal.aborted ? "figures" : "failed", control.signal.aborted ? say("cancelled") : error.message);
  }
  setRunning(null);
  $("question").focus();
});

/** Sends a request and hands on each event of its answer. */
async function stream(body, signal, onEvent) {
  const response = await fetch("/v1/chat/completions", { method: "POST", headers: { ...headers(), "Content-Type": "application/json" }, body: JSON.stringify(body), signal });
  if (!response.ok) throw new Error((await response.json()).error.message);
  let rest = "";
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let part; !(part = await reader.read()).done;) {
    const events = (rest + part.value).split("\n\n");
    rest = events.pop();
    for (const event of events) {
      const data = event.slice("data: ".length);
      if (data === "[DONE]") continue;
      const parsed = JSON.parse(data);
      if (parsed.error) throw new Error(parsed.error.message);
      onEvent(parsed);
    }
  }
}

$("question").addEventListener("keydown", event => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    $("ask").requestSubmit();
  }
});
$("stop").addEventListener("click", () => running?.abort());
$("clear").addEventListener("click", () => {
  running?.abort();
  talk = [];
  $("talk").replaceChildren();
});

translate();
look();
