// Validates every Kubernetes object on standard input by the models of its kind. Argument: the folder of the modules.
const path = require("path");
const modules = process.argv[2];
const load = name => require(path.join(modules, name));
const { parseAllDocuments } = load("yaml");
const packages = ["kubernetes-models", "@kubernetes-models/keda", "@kubernetes-models/prometheus-operator", "@kubernetes-models/cert-manager"];

function modelOf(apiVersion, kind) {
  const place = apiVersion.includes("/") ? apiVersion : apiVersion;
  for (const name of packages) {
    try {
      const found = require(path.join(modules, name, place, kind + ".js"))[kind];
      if (found) return found;
    } catch (e) {
      if (e.code !== "MODULE_NOT_FOUND") throw e;
    }
  }
  return undefined;
}

let input = "";
process.stdin.on("data", data => (input += data));
process.stdin.on("end", () => {
  let valid = 0;
  const wrong = [];
  for (const document of parseAllDocuments(input)) {
    const object = document.toJS();
    if (!object) continue;
    const model = modelOf(object.apiVersion, object.kind);
    const name = `${object.kind} ${object.metadata && object.metadata.name}`;
    if (!model) {
      wrong.push(`${name}: no model of ${object.apiVersion}`);
      continue;
    }
    try {
      new model(object).validate();
      valid++;
    } catch (e) {
      wrong.push(`${name}: ${e.message}`);
    }
  }
  console.log(wrong.length ? wrong.join("\n") : `${valid} objects are valid`);
  process.exitCode = wrong.length ? 1 : 0;
});
