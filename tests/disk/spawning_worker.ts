/// <reference lib="deno.worker" />
/** Starts so many children, one after the other, in a thread beside the test. */
const CHILDREN = 150;

self.onmessage = async () => {
  for (let i = 0; i < CHILDREN; i++) {
    await new Deno.Command("true", { stdin: "null", stdout: "null", stderr: "null" }).output();
  }
  self.postMessage("ended");
};
