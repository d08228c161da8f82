export const KEPT: Readonly<Record<string, string>> = {};
