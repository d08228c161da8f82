/** The files of a service, read by those who will read them: systemd's own checks, plist and XML parsers. */
import assert from "node:assert/strict";
import { type Kind, servicePlan, type ServiceSettings } from "../../lib/service/mod.ts";
import { windowsArgument } from "../../lib/service/windows_argument.ts";
import { testWith } from "../support/needs.ts";
import { tempDir } from "../support/temp_dir.ts";

const PLACES = { env: {}, uid: 501 } as const;
/** Whatever a path may hold that means something to one of the formats. */
const ODD = `a b%h $HOME "q" 'x' <&> é\\n`;

function settings(kind: Kind, over: Partial<ServiceSettings> = {}): ServiceSettings {
  return {
    kind,
    scope: "system",
    program: ["/usr/local/bin/labferry"],
    configFile: "/etc/labferry/config.yaml",
    stateDir: "/var/lib/labferry",
    account: null,
    path: "/usr/local/bin:/usr/bin:/bin",
    home: "/home/lab",
    systemdVersion: 252,
    ...over,
  };
}

function textOf(kind: Kind, over: Partial<ServiceSettings> = {}): string {
  return servicePlan(settings(kind, over), PLACES).files[0]!.text;
}

async function run(
  command: string,
  args: string[],
  stdin = "",
): Promise<{ code: number; said: string }> {
  const child = new Deno.Command(command, {
    args,
    // A user's manager looks for its own folder first.
    env: { XDG_RUNTIME_DIR: "/tmp" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  })
    .spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(stdin));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, said: text(stdout) + text(stderr) };
}

testWith(["systemdAnalyze"], "systemd-analyze verify takes every unit, odd paths too", async () => {
  await using dir = await tempDir();
  const odd = await dir.write("a b%h $HOME é/labferry", "#!/bin/sh\n");
  await Deno.chmod(odd, 0o755);
  const units: [string, Partial<ServiceSettings>][] = [
    ["system", {}],
    ["system", { account: "root" }],
    ["user", {}],
    ["system", { systemdVersion: 219 }],
    ["system", { systemdVersion: 241 }],
  ];
  for (const [scope, over] of units) {
    const unit = textOf("systemd", {
      scope: scope as "system" | "user",
      program: [odd, ODD],
      configFile: `${dir.path}/${ODD}`,
      stateDir: `${dir.path}/${ODD}`,
      path: `/usr/bin:/${ODD}`,
      ...over,
    });
    const file = await dir.write("labferry.service", unit);
    const flags = scope === "user" ? ["--user"] : [];
    const { code, said } = await run("systemd-analyze", [...flags, "verify", "--man=no", file]);
    // It warns of nothing in this file; other units of this system are none of ours.
    assert.doesNotMatch(said, /labferry/, said);
    assert.equal(code, 0, said);
  }
  const broken = await dir.write("labferry.service", textOf("systemd", { program: ["/no/such"] }));
  const { said } = await run("systemd-analyze", ["verify", "--man=no", broken]);
  assert.match(said, /labferry\.service: Command \/no\/such is not executable/);
});

testWith(["systemdAnalyze"], "systemd-analyze security finds the unit little exposed", async () => {
  await using dir = await tempDir();
  for (const [account, threshold] of [["lab", 30], [null, 40]] as const) {
    const program = [Deno.execPath()];
    const file = await dir.write("labferry.service", textOf("systemd", { program, account }));
    const args = ["security", "--offline=yes", "--no-pager", `--threshold=${threshold}`, file];
    const { code, said } = await run("systemd-analyze", args);
    assert.equal(code, 0, said);
  }
});

Deno.test("a systemd that is too old for the words of a service is not waited for", () => {
  assert.match(textOf("systemd"), /^Type=notify$[\s\S]*^WatchdogSec=/m);
  for (const [version, type] of [[219, "simple"], [241, "exec"]] as const) {
    const unit = textOf("systemd", { systemdVersion: version });
    assert.match(unit, new RegExp(`^Type=${type}$`, "m"));
    assert.doesNotMatch(unit, /Watchdog|NotifyAccess/);
  }
});

testWith(["python"], "a plist parser reads what launchd is to run", async () => {
  const script =
    "import json,plistlib,sys;print(json.dumps(plistlib.loads(sys.stdin.buffer.read())))";
  for (const scope of ["system", "user"] as const) {
    const over = { scope, program: [`/${ODD}`], configFile: ODD, account: "lab" };
    const { code, said } = await run("python3", ["-c", script], textOf("launchd", over));
    assert.equal(code, 0, said);
    const plist = JSON.parse(said);
    const words = [`/${ODD}`, "daemon", "--config", ODD, "--state-dir", "/var/lib/labferry"];
    assert.deepEqual(plist.ProgramArguments, words);
    assert.equal(plist.Label, "org.labferry.labferry");
    assert.deepEqual(plist.KeepAlive, { SuccessfulExit: false });
    assert.equal(plist.EnvironmentVariables.LABFERRY_SERVICE, "1");
    assert.equal(plist.UserName, scope === "system" ? "lab" : undefined);
  }
});

testWith(
  ["python"],
  "an XML parser reads the task, in UTF-16, and the wrapper's file",
  async () => {
    await using dir = await tempDir();
    const over = {
      program: [`C:\\Program Files\\lab & ferry\\labferry.exe`],
      account: "LAB\\ferry",
    };
    const { files } = servicePlan(settings("windows", over), PLACES);
    assert.deepEqual(files.map(({ path }) => path.replace(/.*\\/, "")), [
      "labferry-task.xml",
      "labferry-service.xml",
      "labferry-shawl.cmd",
    ]);
    const script = `import json,sys,xml.etree.ElementTree as E
def tree(e): return {"tag": e.tag.split("}")[-1], "text": (e.text or "").strip(), "children": [tree(c) for c in e]}
print(json.dumps(tree(E.parse(sys.argv[1]).getroot())))`;
    const parsed = await Promise.all(
      files.slice(0, 2).map(async ({ bytes }, i) => {
        const path = await dir.write(`${i}.xml`, bytes);
        const { code, said } = await run("python3", ["-c", script, path]);
        assert.equal(code, 0, said);
        return JSON.parse(said) as Tree;
      }),
    );
    const [task, winsw] = parsed as [Tree, Tree];
    assert.equal(task.tag, "Task");
    assert.equal(first(task, "Command"), over.program[0]);
    assert.equal(first(task, "MultipleInstancesPolicy"), "IgnoreNew");
    assert.equal(first(task, "ExecutionTimeLimit"), "PT0S");
    assert.equal(first(task, "Interval"), "PT5M");
    assert.equal(first(task, "UserId"), "LAB\\ferry");
    assert.equal(winsw.tag, "service");
    assert.equal(first(winsw, "executable"), over.program[0]);
    assert.match(first(winsw, "arguments"), /^daemon --config \/etc\/labferry\/config\.yaml /);
    assert.match(files[2]!.text, /-- "C:\\Program Files\\lab & ferry\\labferry\.exe" daemon /);
  },
);

interface Tree {
  readonly tag: string;
  readonly text: string;
  readonly children: readonly Tree[];
}

function first(tree: Tree, tag: string): string {
  const walk = (one: Tree): Tree[] => [one, ...one.children.flatMap(walk)];
  return walk(tree).find((one) => one.tag === tag)?.text ?? "";
}

Deno.test("windowsArgument escapes as CommandLineToArgvW takes apart", () => {
  // From "Everyone quotes command line arguments the wrong way": the pairs, not the words.
  assert.equal(windowsArgument("plain"), "plain");
  assert.equal(windowsArgument("C:\\a b\\"), '"C:\\a b\\\\"');
  assert.equal(windowsArgument('say "hi"'), '"say \\"hi\\""');
  assert.equal(windowsArgument('a\\\\"b'), '"a\\\\\\\\\\"b"');
  assert.equal(windowsArgument(""), '""');
});

Deno.test("what would write a line of its own is refused", () => {
  const odd = [{ configFile: "/a\nUser=root" }, { account: "x\ny" }, { account: "a;b" }];
  for (const over of [...odd, { program: ['/a"b/labferry'] }]) {
    assert.throws(() => textOf("systemd", over), { code: "usage" });
  }
});
