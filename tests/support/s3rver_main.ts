/**
 * The S3 server itself, as a program: `s3rver_main.ts FOLDER` says `listening at PORT`.
 *
 * Faults of s3rver 3.7.1 are mended here. With a delimiter it does not list a folder that holds only
 * folders, and in no order. It writes into an object that is there, so that half of one is to be read
 * after a broken upload, as of no real store; and one that its disk does not take ends the server.
 *
 * While there is a file `FOLDER.hold` it deletes nothing, and says so of each object.
 */
import { createHash } from "node:crypto";
import { dirname } from "node:path";
import S3rver from "s3rver";

interface Listing {
  readonly objects: readonly { readonly key: string }[];
  readonly commonPrefixes: readonly string[];
  readonly isTruncated: boolean;
}

interface ListOptions {
  readonly delimiter?: string;
  readonly prefix?: string;
  readonly startAfter?: string;
  readonly maxKeys?: number;
}

interface S3Object {
  readonly bucket: string;
  readonly key: string;
  readonly content: AsyncIterable<Uint8Array> | Uint8Array;
  readonly metadata: unknown;
}

interface Store {
  getResourcePath(bucket: string, key: string, resource: string): string;
  putMetadata(
    ...details: [bucket: string, key: string, metadata: unknown, md5: string]
  ): Promise<void>;
  putObject(object: S3Object): Promise<{ readonly size: number; readonly md5: string }>;
  deleteObject(bucket: string, key: string): Promise<void>;
  listObjects(bucket: string, options: ListOptions): Promise<Listing>;
}

const directory = Deno.args[0]!;
await Deno.mkdir(directory, { recursive: true });
const server = new S3rver({ address: "127.0.0.1", port: 0, silent: true, directory });
server.on("error", (error: unknown) => console.log(error));
const store = (server as unknown as { readonly store: Store }).store;
const putMetadata = store.putMetadata.bind(store);
const deleteObject = store.deleteObject.bind(store);
const listAll = store.listObjects.bind(store);
store.listObjects = async (bucket, options) => {
  const { delimiter = "", prefix = "", startAfter = "", maxKeys = Infinity } = options;
  const { objects } = await listAll(bucket, { prefix });
  const items = new Map<string, Listing["objects"][number] | null>();
  for (const object of objects) {
    const { key } = object;
    const cut = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
    if (cut === -1) items.set(key, object);
    else items.set(key.slice(0, cut + 1), null);
  }
  const wanted = [...items.keys()].filter((key) => key > startAfter).sort();
  const page = wanted.slice(0, maxKeys);
  return {
    objects: page.map((key) => items.get(key)).filter((object) =>
      object !== null && object !== undefined
    ),
    commonPrefixes: page.filter((key) => items.get(key) === null),
    isTruncated: page.length < wanted.length,
  };
};
store.putObject = async ({ bucket, key, content, metadata }) => {
  const pieces = content instanceof Uint8Array ? [content] : await Array.fromAsync(content);
  const bytes = new Uint8Array(await new Blob(pieces as BlobPart[]).arrayBuffer());
  const path = store.getResourcePath(bucket, key, "object");
  await Deno.mkdir(dirname(path), { recursive: true });
  const beside = `${dirname(path)}/${crypto.randomUUID()}`;
  await Deno.writeFile(beside, bytes);
  await Deno.rename(beside, path);
  const md5 = createHash("md5").update(bytes).digest("hex");
  await putMetadata(bucket, key, metadata, md5);
  return { size: bytes.length, md5 };
};
store.deleteObject = async (bucket, key) => {
  if (await isHeld()) {
    console.log(`holds ${key}`);
    while (await isHeld()) await new Promise((resolve) => setTimeout(resolve, 20));
    throw new Error(`${key} was held`);
  }
  return await deleteObject(bucket, key);
};

async function isHeld(): Promise<boolean> {
  try {
    await Deno.stat(`${directory}.hold`);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

const { port } = await server.run();
console.log(`listening at ${port}`);
