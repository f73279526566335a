#!/usr/bin/env python3
"""JSONata figures, in CPU seconds: jsonata_bench (release build), then the reference, jsonata of npm, over the same cases.

Usage: bench/jsonata.py BUILD_FOLDER [FOLDER_WITH_NODE_MODULES]. Without node or the package the peer is left out, and said so.
"""
import pathlib
import subprocess
import sys

PEER = """
const fs = require('fs'), jsonata = require(process.argv[1] + '/node_modules/jsonata'), folder = process.argv[2];
const cpu = () => { const used = process.cpuUsage(); return (used.user + used.system) / 1e6; };
const measure = async (name, per, work) => {
  const start = cpu(); let count = 0;
  while (cpu() - start < 2) { await work(); count += per; }
  console.log(`npm: ${name}`.padEnd(44), Math.round(count / (cpu() - start)).toString().padStart(12), '/CPU-s');
};
(async () => {
  const small = '$states.input.a * $states.input.b', states = {input: {a: 12.5, b: 3}}, ready = jsonata(small);
  await measure(small, 1000, async () => { for (let i = 0; i < 1000; i++) await ready.evaluate(undefined, {states}); });
  await measure('the same, with compilation', 100, async () => { for (let i = 0; i < 100; i++) await jsonata(small).evaluate(undefined, {states}); });
  const cases = [];
  for (const line of fs.readFileSync(folder + '/cases.jsonl', 'utf8').split('\\n').filter(Boolean)) {
    const each = JSON.parse(line);
    if (each.expect.code === 'U1001') continue;
    if (each.dataset) each.data = JSON.parse(fs.readFileSync(`${folder}/datasets/${each.dataset}.json`));
    try { each.ready = jsonata(each.expr); cases.push(each); } catch (error) { /* a syntax error is not measured */ }
  }
  const run = async compile => {
    for (const each of cases) {
      try { await (compile ? jsonata(each.expr) : each.ready).evaluate(each.data, each.bindings); } catch (error) { /* as expected */ }
    }
  };
  await measure('suite, precompiled', cases.length, () => run(false));
  await measure('suite, with compilation', cases.length, () => run(true));
})();
"""


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    build = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else root / "build")
    subprocess.run([build / "bench" / "jsonata_bench"], cwd=root, check=True)
    suite = root.parent / "shared" / "conformance" / "jsonata"
    modules = sys.argv[2] if len(sys.argv) > 2 else ""
    if not (modules and pathlib.Path(modules, "node_modules", "jsonata").is_dir() and suite.is_dir()):
        print("npm: not measured (give a folder where `npm install jsonata` was run)")
        return
    subprocess.run(["node", "-e", PEER, str(pathlib.Path(modules).resolve()), str(suite)], check=True)


if __name__ == "__main__":
    main()
