/** The keys on the way to a value, as people write them: `a.b[2].c`. */
export function keyPath(keys: readonly string[]): string {
  return keys.reduce(
    (path, key) => path === "" || key.startsWith("[") ? path + key : `${path}.${key}`,
    "",
  );
}
