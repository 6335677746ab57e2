// HTTP Live Streaming from a folder: hls.js in Chromium plays what ffmpeg has made, at rest and while it changes.
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { startBrowser } from "./lib/browser.mjs";
import { built, Program } from "./lib/programs.mjs";
import { scratch } from "./lib/proxies.mjs";

const bundle = createRequire(import.meta.url).resolve("hls.js/dist/hls.min.js");
const seconds = 12; // and so many segments
const page = `<!DOCTYPE html><script src="hls.min.js"></script><video muted></video><script>
  const video = document.querySelector("video");
  const fatal = [], playlists = [];
  const seen = ({ networkDetails }) => playlists.push(networkDetails && networkDetails.responseText);
  function play(url) {
    const hls = new Hls({ liveSyncDurationCount: 2 });
    hls.on(Hls.Events.LEVEL_LOADED, (_, data) => seen(data));
    hls.on(Hls.Events.ERROR, (_, data) => {
      if (data.fatal) fatal.push(data.details + ": " + (data.error || data.err));
      else if (data.details.startsWith("level")) seen(data);
    });
    hls.on(Hls.Events.MANIFEST_PARSED, () => video.play());
    hls.loadSource(url);
    hls.attachMedia(video);
  }
</script>`;

/** A tiny film, once in one file that is read by ranges, once in segments of a second each. */
function makeFilm(folder) {
  const source = ["-f", "lavfi", "-i", "testsrc=size=160x90:rate=10", "-f", "lavfi", "-i", "sine=frequency=440", "-t", `${seconds}`];
  const coding = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "10", "-sc_threshold", "0", "-c:a", "aac", "-b:a", "32k"];
  const form = (...flags) => ["-f", "hls", "-hls_time", "1", "-hls_playlist_type", "vod", ...flags];
  const ffmpeg = (...words) => execFileSync("ffmpeg", ["-v", "error", ...words], { cwd: folder });
  ffmpeg(...source, ...coding, ...form("-hls_flags", "single_file"), "vod.m3u8");
  ffmpeg("-i", "vod.m3u8", "-c", "copy", ...form("-hls_segment_filename", "part%d.ts"), "all.m3u8");
}

/** Four of the segments, from `first` on; behind the last one the stream is over. */
function playlist(first) {
  const parts = [0, 1, 2, 3].map((each) => `#EXTINF:1.0,\npart${first + each}.ts\n`);
  const head = `#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:${first}\n`;
  return head + parts.join("") + (first + 4 === seconds ? "#EXT-X-ENDLIST\n" : "");
}

describe("hls", () => {
  const folder = scratch();
  let kedge, browser, view;
  before(async () => {
    makeFilm(folder);
    copyFileSync(bundle, join(folder, "hls.min.js"));
    writeFileSync(join(folder, "index.html"), page);
    [browser, kedge] = await Promise.all([startBrowser(), Program.start(built("interop/interop_server"), ["--app", "--port", "0", "--folder", folder])]);
  });
  after(async () => {
    await browser.close();
    assert.equal(await kedge.stop(), 0, "exit status");
  });

  /** A page that plays it; `answers` are those that the player got. */
  async function player(url) {
    view = await browser.newPage();
    view.setDefaultTimeout(60_000);
    const answers = [];
    view.on("response", (answer) => answers.push({ status: answer.status(), name: new URL(answer.url()).pathname.split("/").pop() }));
    await view.goto(`${kedge.url}/files/index.html`);
    await view.evaluate((source) => play(source), url);
    return answers;
  }
  const past = (time) => view.waitForFunction((wanted) => video.currentTime > wanted || fatal.length, time);
  const fatal = () => view.evaluate(() => fatal);

  test("hls: a film in one file is played from its beginning, and from where the player seeks", async () => {
    const answers = await player("vod.m3u8");
    await past(0.5);
    assert.ok(Math.abs((await view.evaluate(() => video.duration)) - seconds) < 0.5);
    for (const place of [seconds - 2, 4]) {
      await view.evaluate((to) => (video.currentTime = to), place);
      await past(place + 0.5);
      assert.ok(await view.evaluate(() => !video.seeking && video.getVideoPlaybackQuality().totalVideoFrames > 0));
    }
    assert.deepEqual(await fatal(), []);
    const parts = answers.filter(({ name }) => name === "vod.ts");
    assert.ok(parts.length > 1 && parts.every(({ status }) => status === 206), JSON.stringify(parts));
    await view.close();
  });

  test("hls: a live stream slides on, while its playlist is rewritten under the player's eyes", async () => {
    const live = join(folder, "live.m3u8");
    writeFileSync(live, playlist(0));
    const answers = await player("live.m3u8");
    const read = (text) => view.waitForFunction((part) => playlists.includes(part) || fatal.length, text);
    for (let first = 1; first + 4 <= seconds; ++first) {
      await past(first); // the segments that it still needs are two, and stay
      const whole = playlist(first);
      if (first % 2) {
        writeFileSync(`${live}.tmp`, whole);
        renameSync(`${live}.tmp`, live);
      } else {
        // In place, and slowly: the player reads it when some of its lines are there, once before those of the segments.
        const part = whole.slice(0, first === 4 ? whole.indexOf("#EXTINF") : whole.lastIndexOf("#EXTINF"));
        writeFileSync(live, part);
        await read(part);
        writeFileSync(live, whole);
      }
      rmSync(join(folder, `part${first - 1}.ts`)); // no longer in the playlist
    }
    await view.waitForFunction(() => video.ended || fatal.length);
    assert.deepEqual(await fatal(), []);
    assert.ok((await view.evaluate(() => video.currentTime)) > seconds - 1);
    assert.ok(answers.some(({ name, status }) => name === `part${seconds - 1}.ts` && status === 200));
    await view.close();
  });

  test("hls: playlists and segments have their types, and a playlist is asked for anew", async () => {
    const playlists = await fetch(`${kedge.url}/files/vod.m3u8`);
    assert.equal(playlists.headers.get("content-type"), "application/vnd.apple.mpegurl");
    assert.match(playlists.headers.get("cache-control"), /max-age=0/);
    assert.equal(await playlists.text(), readFileSync(join(folder, "vod.m3u8"), "utf8"));
    const segment = await fetch(`${kedge.url}/files/vod.ts`, { headers: { Range: "bytes=188-375" } });
    assert.deepEqual([segment.status, segment.headers.get("content-type")], [206, "video/mp2t"]);
    assert.equal((await segment.arrayBuffer()).byteLength, 188);
    const again = await fetch(`${kedge.url}/files/vod.m3u8`, { headers: { "If-None-Match": playlists.headers.get("etag") } });
    assert.equal(again.status, 304);
  });
});
