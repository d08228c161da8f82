import assert from "node:assert/strict";
import { codeOf, openHouse } from "./house.ts";

const BROWSER = { headers: { accept: "text/html,application/xhtml+xml,*/*;q=0.8" } };

Deno.test("a browser at a wrong address or a used link gets a page, a script gets problem+json", async () => {
  const { ask } = openHouse();
  for (
    const [path, status, says] of [["/nowhere", 404, "nothing at"], ["/open/old", 403, "used"]]
  ) {
    const answer = await ask(String(path), BROWSER);
    assert.equal(answer.status, status);
    assert.match(answer.headers.get("content-type") ?? "", /^text\/html/);
    const text = await answer.text();
    assert.ok(text.includes(String(says)) && text.includes('href="/"'), text);
  }
  assert.equal(await codeOf(await ask("/nowhere")), "404 not_found");
  assert.equal(await codeOf(await ask("/open/old")), "403 link_used");
  assert.equal(await codeOf(await ask("/api/v1/nowhere", BROWSER)), "404 not_found");
});

Deno.test("the page of a wrong address shows what was typed as text", async () => {
  const { ask } = openHouse();
  const text = await (await ask("/<script>alert(1)</script>", BROWSER)).text();
  assert.ok(!text.includes("<script>"), text);
});
