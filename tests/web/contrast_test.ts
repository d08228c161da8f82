/** The page's texts can be read: WCAG's 4.5:1 for the words on their grounds, light and dark. */
import assert from "node:assert/strict";

const CSS = await Deno.readTextFile(new URL("../../lib/web/page/style/base.css", import.meta.url));

function palette(block: string): Record<string, string> {
  const colors = [...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)];
  return Object.fromEntries(colors.map(([, name, color]) => [name, color]));
}

function luminance(color: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = parseInt(color.slice(at, at + 2), 16) / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, other: string): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [
    number,
    number,
  ];
  return (light + 0.05) / (dark + 0.05);
}

Deno.test("words have a contrast of at least 4.5:1 on their grounds, light and dark", () => {
  const [light, dark] = [...CSS.matchAll(/:root \{([^}]*)\}/g)].map((match) => palette(match[1]!));
  assert.ok(light && dark);
  for (const colors of [light, dark]) {
    for (const word of ["ink", "soft", "link"]) {
      for (const ground of ["card", "paper"]) {
        const ratio = contrast(colors[word]!, colors[ground]!);
        assert.ok(ratio >= 4.5, `${word} on ${ground}: ${ratio.toFixed(2)}`);
      }
    }
    for (const tone of ["safe", "moving", "wait", "bad", "idle"]) {
      const ratio = contrast(colors[tone]!, colors[`${tone}-soft`]!);
      assert.ok(ratio >= 4.5, `${tone}: ${ratio.toFixed(2)}`);
    }
  }
});
