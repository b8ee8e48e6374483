// usage: node run.js noop|command COUNT REDIS_PORT; prints the seconds from the first submit to the last result at the client.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Queue, QueueEvents, Worker } from "bullmq";

const [kind, number, port] = process.argv.slice(2);
const count = Number(number);
const connection = { host: "127.0.0.1", port: Number(port), maxRetriesPerRequest: null };
const run = promisify(execFile);
const name = `peers-${process.pid}`;
const queue = new Queue(name, { connection });
const events = new QueueEvents(name, { connection });
const worker = new Worker(
  name,
  async (job) => {
    if (kind === "noop") return job.data;
    const { stdout, stderr } = await run("/bin/true");
    return stdout + stderr;
  },
  { connection, concurrency: kind === "noop" ? 100 : 4 },
);
await Promise.all([queue.waitUntilReady(), events.waitUntilReady(), worker.waitUntilReady()]);

let done = 0;
const start = process.hrtime.bigint();
const all = new Promise((resolve, reject) => {
  events.on("completed", () => {
    if (++done === count) resolve();
  });
  events.on("failed", ({ failedReason }) => reject(new Error(failedReason)));
});
const batch = 500;
for (let at = 0; at < count; at += batch) {
  const jobs = [];
  for (let i = at; i < Math.min(at + batch, count); i++) jobs.push({ name: "job", data: i });
  await queue.addBulk(jobs);
}
await all;
console.log((Number(process.hrtime.bigint() - start) / 1e9).toFixed(4));
await worker.close();
await events.close();
await queue.obliterate({ force: true });
await queue.close();
