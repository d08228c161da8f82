/** The run of `slices_test.ts`: what its first generation holds, and its second. */
const named = (letter: string, count: number) =>
  Array.from({ length: count }, (_, i) => `${letter}${String(i).padStart(5, "0")}`);

const kept = named("kept", 1_300);
export const GONE: readonly string[] = named("gone", 700);
export const NEW: readonly string[] = named("new", 600);
export const FIRST: readonly string[] = [...GONE, ...kept];
export const SECOND: readonly string[] = [...kept, ...NEW];
/** What a walk sees of each file of the second. */
export const ALTERED = { sizeBytes: 7 } as const;
