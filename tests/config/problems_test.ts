/** Every problem is told with its place, its key and what was found; all of them at once. */
import assert from "node:assert/strict";
import { ConfigError, loadConfig } from "../../lib/config/mod.ts";
import { tempDir } from "../support/temp_dir.ts";
import { check, configOf, ENV, equipment, problemsOf } from "./support.ts";

/** text → the one problem it has. */
const CASES: readonly (readonly [string, string, string])[] = [
  [
    "an unknown key, with the known one",
    "sync: { max_paralel: 3 }\n",
    "1:9 sync.max_paralel: unknown key; did you mean max_parallel?",
  ],
  [
    "a key as another program spells it",
    "sync:\n  maxParallel: 3\n",
    "2:3 sync.maxParallel: unknown key; did you mean max_parallel?",
  ],
  [
    "part of a key's name",
    equipment("", "{ type: rsync_ssh, ssh_target: a@b, remote_path: /x, port: 3 }"),
    "6:69 equipment[0].transport.port: unknown key; did you mean ssh_port?",
  ],
  [
    "an unknown section",
    "nas_clenup: { enabled: true }\n",
    "1:1 nas_clenup: unknown key; did you mean nas_cleanup?",
  ],
  [
    "a key like nothing known",
    "status: { colour: blue }\n",
    "1:11 status.colour: unknown key; known here: listen, port",
  ],
  [
    "a wrong type",
    "sync:\n  max_parallel: many\n",
    '2:17 sync.max_parallel: must be a number, found the text "many"',
  ],
  [
    "a number in quotes",
    'sync: { scan_seconds: "30" }\n',
    '1:23 sync.scan_seconds: must be a number, found the text "30"; write it without quotes',
  ],
  [
    "YAML 1.1's yes",
    "sync: { enabled: yes }\n",
    '1:18 sync.enabled: must be true or false, found the text "yes"; write true',
  ],
  [
    "a number where text is wanted",
    equipment("    label: 7\n"),
    "7:12 equipment[0].label: must be text, found 7; put it in quotes",
  ],
  [
    "half a transfer",
    "sync: { max_parallel: 1.5 }\n",
    "1:23 sync.max_parallel: must be a whole number, found 1.5",
  ],
  [
    "a number out of its bounds",
    "sync: { max_parallel: 0 }\n",
    "1:23 sync.max_parallel: must be at least 1, found 0",
  ],
  [
    "not a number at all",
    "sync: { scan_seconds: .nan }\n",
    "1:23 sync.scan_seconds: must be a number, found NaN",
  ],
  [
    "no passes before a deletion",
    "nas_cleanup: { enabled: true, min_verify_passes: 0 }\n",
    "1:50 nas_cleanup.min_verify_passes: must be at least 1, found 0",
  ],
  [
    "a section that is no mapping",
    "sync: fast\n",
    '1:7 sync: must be a mapping, found the text "fast"',
  ],
  [
    "equipment that is no list",
    "equipment: { id: A }\n",
    "1:1 equipment: must be a list, found a mapping",
  ],
  [
    "a missing key",
    equipment().replace("    local_root: /data/lab\n", ""),
    "2:5 equipment[0].local_root: missing",
  ],
  [
    "a missing word, with the words there are",
    equipment().replace("    completeness_signal: manual\n", ""),
    "2:5 equipment[0].completeness_signal: missing; one of sentinel_file, manifest, quiet_period, manual, done",
  ],
  [
    "a mistyped word",
    equipment().replace("manual", "sentinel_flie"),
    '5:26 equipment[0].completeness_signal: must be one of sentinel_file, manifest, quiet_period, manual, done, found the text "sentinel_flie"; did you mean sentinel_file?',
  ],
  [
    "a signal without what it needs",
    equipment().replace("manual", "sentinel_file"),
    "2:5 equipment[0].sentinel_filename: missing; completeness_signal sentinel_file needs it",
  ],
  [
    "an unknown transport",
    equipment("", "{ type: rsync }"),
    '6:24 equipment[0].transport.type: must be one of mount, rclone, rsync_ssh, found the text "rsync"; did you mean rsync_ssh?',
  ],
  [
    "a transport without a type",
    equipment("", "{ path: /x }"),
    "6:5 equipment[0].transport.type: missing; one of mount, rclone, rsync_ssh",
  ],
  [
    "no transport",
    equipment().replace(/ {4}transport.*\n/, ""),
    "2:5 equipment[0].transport: missing; it says how runs reach the NAS",
  ],
  [
    "an id that is no id",
    equipment().replace("id: A", "id: confocal-1"),
    '2:9 equipment[0].id: must begin with a capital letter and hold only capital letters, digits and _, found the text "confocal-1"',
  ],
  [
    "an id that is too long",
    equipment().replace("id: A", `id: ${"A".repeat(33)}`),
    `2:9 equipment[0].id: must have at most 32 characters, found the text "${"A".repeat(33)}"`,
  ],
  [
    "a relative folder",
    equipment().replace("/data/lab", "data/lab"),
    '3:17 equipment[0].local_root: must be an absolute path, so that it means the same whoever starts labferry, found the text "data/lab"',
  ],
  [
    "a sentinel outside the run",
    equipment("    sentinel_filename: [done, ../x]\n").replace("manual", "sentinel_file"),
    '7:31 equipment[0].sentinel_filename[1]: must be a path below the folder it belongs to: relative, without . or .., found the text "../x"',
  ],
  [
    "an option in place of a host",
    equipment("", '{ type: rsync_ssh, ssh_target: "-oProxyCommand=x", remote_path: /x }'),
    '6:47 equipment[0].transport.ssh_target: must be user@host or a host of the ssh configuration, found the text "-oProxyCommand=x"',
  ],
  [
    "an option behind the user",
    equipment("", '{ type: rsync_ssh, ssh_target: "a@-oX", remote_path: /x }'),
    '6:47 equipment[0].transport.ssh_target: must be user@host or a host of the ssh configuration, found the text "a@-oX"',
  ],
  [
    "a remote that looks like an option",
    equipment("", '{ type: rclone, rclone_remote: "--x", rclone_remote_path: a }'),
    '6:47 equipment[0].transport.rclone_remote: must be the name of a remote made with `rclone config`, without a colon, found the text "--x"',
  ],
  [
    "a page for the whole network",
    "status: { listen: 0.0.0.0 }\n",
    '1:19 status.listen: must be a loopback address (127.0.0.1, ::1 or localhost): the page has no log-in, found the text "0.0.0.0"',
  ],
  [
    "an hour that is none",
    equipment(
      "",
      '{ type: mount, path: /n, bandwidth: { upload_mbps: 5, schedule: [ { from: "25:00", to: "18:00" } ] } }',
    ),
    '6:90 equipment[0].transport.bandwidth.schedule[0].from: must be a time of day in quotes, like "08:00", found the text "25:00"',
  ],
  [
    "a window without length",
    equipment(
      "",
      '{ type: mount, path: /n, bandwidth: { upload_mbps: 5, schedule: [ { from: "08:00", to: "8:00" } ] } }',
    ),
    '6:103 equipment[0].transport.bandwidth.schedule[0].to: must differ from `from`; for the whole day write from "00:00" to "24:00", found the text "8:00"',
  ],
  [
    "a day that is none",
    equipment(
      "",
      '{ type: mount, path: /n, bandwidth: { schedule: [ { days: [mon, tues], from: "08:00", to: "9:00" } ] } }',
    ),
    '6:80 equipment[0].transport.bandwidth.schedule[0].days[1]: must be one of mon, tue, wed, thu, fri, sat, sun, found the text "tues"; did you mean tue?',
  ],
  [
    "a ceiling that tools would round to none",
    equipment("", "{ type: mount, path: /n, bandwidth: { upload_mbps: 0.001 } }"),
    "6:67 equipment[0].transport.bandwidth.upload_mbps: must be 0 (pause) or at least 0.01, found 0.001",
  ],
  [
    "a destination inside the source",
    equipment("", "{ type: mount, path: /data/lab/../lab/out }"),
    "6:37 equipment[0].transport.path: the destination lies inside /data/lab, where runs come from",
  ],
  [
    "a stage mode without a stage",
    equipment("    sync_mode: stage\n"),
    "2:5 equipment[0].orchestrator_staging_transport: missing; sync_mode stage needs it",
  ],
  [
    "an orchestrator without a staging area",
    "orchestrator: { enabled: true }\n",
    "1:1 orchestrator.staging_root: missing; an orchestrator needs it",
  ],
  [
    "a placeholder that is none",
    'hooks: { on_failed: ["/bin/n", "{runn}"] }\n',
    '1:32 hooks.on_failed[1]: may only hold the placeholders {event}, {run}, {equipment}, {destination}, {message}, {fail}, found the text "{runn}"',
  ],
  [
    "a command without a program",
    'hooks: { on_failed: [""] }\n',
    "1:10 hooks.on_failed: must begin with the program to run, found a list",
  ],
  ["a list in place of the file", "- a\n- b\n", "1:1 : must be a mapping, found a list"],
  [
    "a tag",
    "sync: !evil { enabled: true }\n",
    "1:1 sync: the tag !evil has no meaning here; write the plain value",
  ],
  [
    "an alias of nothing",
    "sync: { max_parallel: *x }\n",
    "1:23 sync.max_parallel: *x names an anchor that is not there",
  ],
  [
    "a key twice",
    "sync: {}\nsync: { enabled: false }\n",
    "2:1 : sync stands twice in the same mapping",
  ],
  [
    "a path of Windows between double quotes",
    'hooks: { on_failed: ["D:\\lab\\notify.cmd"] }\n',
    "1:25 : a backslash between double quotes stands for something else: write paths of Windows as " +
    "D:/lab, or between single quotes",
  ],
  [
    "two documents",
    "sync: {}\n---\nsync: {}\n",
    "2:1 : a second document begins here; one file holds one configuration",
  ],
  [
    "a merge key",
    "x-base: &b { max_parallel: 1 }\nsync: { <<: *b }\n".replace(/^.*\n/, "verify: &b {}\n"),
    "2:9 sync.<<: merge keys are not understood; write the keys out",
  ],
  ["a key that is a list", "sync: { ? [a] : 1 }\n", "1:1 sync: a key that is not plain text"],
];

for (const [name, text, expected] of CASES) {
  Deno.test(`checkConfigText tells of ${name}`, () => {
    assert.deepEqual(problemsOf(text), [expected]);
  });
}

Deno.test("checkConfigText tells of two equipments with one id", () => {
  const two = equipment() + equipment().replace("equipment:\n", "").replace("nas/A", "nas/B");
  assert.deepEqual(problemsOf(two), [
    '7:9 equipment[1].id: the text "A" is the id of equipment[0] already; ids must be unique',
  ]);
});

const other = (transport: string) =>
  equipment("", transport).replace("equipment:\n", "").replace("id: A", "id: B");

for (
  const [first, second, isFine] of [
    ["{ type: mount, path: /nas/A }", "{ type: mount, path: /nas/A/ }", false],
    ["{ type: mount, path: /nas }", "{ type: mount, path: /nas/x/../B }", false],
    ["{ type: mount, path: /nas/A/B }", "{ type: mount, path: /nas/A }", false],
    ["{ type: mount, path: /nas/A }", "{ type: mount, path: /nas/AB }", true],
    ["{ type: mount, path: /nas/a }", "{ type: mount, path: /nas/A }", true],
    [
      "{ type: rclone, rclone_remote: r, rclone_remote_path: lab }",
      "{ type: rclone, rclone_remote: r, rclone_remote_path: /lab/B }",
      false,
    ],
    [
      "{ type: rclone, rclone_remote: r, rclone_remote_path: '' }",
      "{ type: rclone, rclone_remote: r, rclone_remote_path: B }",
      false,
    ],
    [
      "{ type: rclone, rclone_remote: r, rclone_remote_path: lab }",
      "{ type: rclone, rclone_remote: s, rclone_remote_path: lab }",
      true,
    ],
    [
      "{ type: rsync_ssh, ssh_target: a@nas, remote_path: /srv }",
      "{ type: rsync_ssh, ssh_target: b@NAS, remote_path: /srv/B }",
      false,
    ],
    [
      "{ type: mount, path: /nas/A }",
      "{ type: rsync_ssh, ssh_target: nas, remote_path: /nas/A }",
      true,
    ],
  ] as const
) {
  Deno.test(`checkConfigText ${isFine ? "allows" : "refuses"} ${first} beside ${second}`, () => {
    const problems = check(equipment("", first) + other(second)).problems;
    assert.equal(problems.length, isFine ? 0 : 1, JSON.stringify(problems));
    if (!isFine) assert.match(problems[0]!.what, /same as, or nested with, that of A/);
  });
}

Deno.test("checkConfigText folds case in folders on Windows", () => {
  const text = equipment("", "{ type: mount, path: 'N:\\lab' }") +
    other("{ type: mount, path: 'n:/LAB/B' }");
  assert.match(problemsOf(text, "windows")[0] ?? "", /nested with, that of A/);
});

Deno.test("checkConfigText takes nas_root for the destination of a mount without a path", () => {
  const text = equipment("", "{ type: mount }").replace("//nas/lab", "~/nas");
  const transport = configOf(text).equipment[0]!.transport;
  assert.equal(transport.type === "mount" && transport.path, "/home/lab/nas");
});

Deno.test("checkConfigText tells every problem at once, in the order of the lines", () => {
  const text = `logging: { level: LOUD }
equipment:
  - id: a
    label: 3
    nas_root: //n
  - id: B
    local_root: /x
    nas_root: //n
    completeness_signal: manifest
    transport: { type: mount, path: rel, speed: 3 }
sync: { enabled: maybe, scan_secs: 3 }
whatever: 1
`;
  assert.deepEqual(problemsOf(text).map((line) => line.split(": ")[0]), [
    "1:19 logging.level",
    "3:5 equipment[0].local_root",
    "3:5 equipment[0].completeness_signal",
    "3:9 equipment[0].id",
    "4:12 equipment[0].label",
    "10:37 equipment[1].transport.path",
    "10:42 equipment[1].transport.speed",
    "11:18 sync.enabled",
    "11:25 sync.scan_secs",
    "12:1 whatever",
  ]);
});

Deno.test("checkConfigText bounds the problems it lists and counts them all", () => {
  const keys = Array.from({ length: 300 }, (_, i) => `k${i}: 1`).join(", ");
  const verdict = check(`sync: { ${keys} }`);
  assert.equal(verdict.problems.length, 50);
  assert.equal(verdict.problemCount, 300);
});

Deno.test("checkConfigText never shows the value of an unknown key", () => {
  const text = equipment("", "{ type: mount, path: /n, password: hunter2 }");
  assert.doesNotMatch(JSON.stringify(check(text)), /hunter2/);
});

Deno.test("checkConfigText notices a pause that never ends, and a file without equipment", () => {
  const text = equipment("", "{ type: mount, path: /n, bandwidth: { upload_mbps: 0 } }");
  assert.match(check(text).notices.join(), /A: upload_mbps 0 without a schedule/);
  assert.match(check("").notices.join(), /no equipment is configured/);
});

Deno.test("checkConfigText notices an end of runs that another key of the equipment rules out", () => {
  const noticed = (...keys: string[]) => {
    const { config, notices } = check(`equipment:
  - id: A
    local_root: /data
    nas_root: /n
    transport: { type: mount, path: /n }
${keys.map((key) => `    ${key}\n`).join("")}`);
    assert.notEqual(config, null, keys.join());
    return notices.join("\n");
  };
  const waitFor = (name: string) => [
    "completeness_signal: sentinel_file",
    `sentinel_filename: ${name}`,
  ];
  const flag = waitFor("done.flag");
  const files =
    'intake: { watch: [/w], project: P, run: { kind: files, match: "*.raw", group: stem } }';
  const list = ["completeness_signal: manifest", "manifest_filename: l.json"];
  for (
    const [why, ...keys] of [
      [/A: no run is over until done\.flag .* ignore "\*\.FLAG"/, ...flag, 'ignore: ["*.FLAG"]'],
      [/done\.flag is there, but forbid "\*\.flag"/, ...flag, 'forbid: ["*.flag"]'],
      [/only what match "\*\.raw" says/, ...flag, files],
      [/end\.txt is there, but forbid "e\*"/, "done: { all: [end.txt] }", 'forbid: ["e*"]'],
      [/is no data of a run/, "done: { all: [.exlab-wizard/end.txt] }"],
      [/until l\.json is there/, ...list, "ignore: [l.json]"],
    ] as const
  ) assert.match(noticed(...keys), why);
  for (
    const keys of [
      [...flag, 'ignore: ["*.tmp"]', 'forbid: ["*.tmp"]'],
      ["done: { all: [end.txt] }", "ignore: [end.txt]"],
      ['done: { all: ["*.txt"] }', 'forbid: ["*.txt"]'],
      [...waitFor("a.raw"), files],
    ]
  ) assert.equal(noticed(...keys), "", keys.join());
});

Deno.test("loadConfig throws one error that names every place", async () => {
  await using dir = await tempDir();
  const path = await dir.write("c.yaml", "sync: { enabled: 3 }\nverify: { repair: 3 }\n");
  await assert.rejects(loadConfig({ path, env: ENV, os: "linux" }), (error) => {
    assert.ok(error instanceof ConfigError);
    assert.equal(error.code, "config_invalid");
    assert.equal(error.path, path);
    assert.equal(error.problems.length, 2);
    assert.ok(error.message.includes(`${path}:1:18: sync.enabled: must be true or false, found 3`));
    assert.ok(error.message.includes(`${path}:2:19: verify.repair: `));
    return true;
  });
});
