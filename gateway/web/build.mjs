// Makes of styles, islands and packages what browsers are served: dist/, with a name for each content.
//
//   dist/manifest.json    name -> { file, integrity, gzip_bytes }; every other file is named after its content
//   dist/icons.json       the drawings of the icons that templates use, to be put into pages
//
// `node build.mjs`; the node calls it when something here has changed since (libs/node/web.py).

import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { bundle } from "lightningcss";
import subset from "subset-font";

const HERE = dirname(fileURLToPath(import.meta.url));
const OUT = join(HERE, "dist.part");
const PACKAGES = join(HERE, "node_modules");
const TARGETS = { chrome: 105 << 16, firefox: 110 << 16, safari: (15 << 16) | (4 << 8) };
const COMPRESSED = new Set([".css", ".js", ".json", ".svg", ".webmanifest"]);
// What French, English and their neighbours are written in; the face is for headings alone.
const GLYPHS = String.fromCodePoint(...Array.from({ length: 0x17f - 0x20 }, (_, i) => i + 0x20)) + "–—‘’“”„…«»€\u202f→−";

const manifest = {};

function keep(name, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 12);
  const extension = extname(name);
  const file = `${name.slice(0, -extension.length)}.${hash}${extension}`;
  const small = gzipSync(content, { level: 9 });
  mkdirSync(dirname(join(OUT, file)), { recursive: true });
  writeFileSync(join(OUT, file), content);
  if (COMPRESSED.has(extension)) writeFileSync(join(OUT, `${file}.gz`), small);
  const integrity = `sha384-${createHash("sha384").update(content).digest("base64")}`;
  manifest[name] = { file, integrity, gzip_bytes: COMPRESSED.has(extension) ? small.length : content.length };
  return file;
}

async function fonts() {
  const face = readFileSync(join(PACKAGES, "@fontsource/bricolage-grotesque/files/bricolage-grotesque-latin-700-normal.woff2"));
  return keep("bricolage-700.woff2", await subset(face, GLYPHS, { targetFormat: "woff2" }));
}

function styles(font) {
  for (const [name, path] of [["app.css", "styles/app.css"], ["map.css", "styles/map.css"]]) {
    const { code } = bundle({ filename: join(HERE, path), minify: true, targets: TARGETS });
    keep(name, Buffer.from(code.toString().replaceAll("../fonts/bricolage-700.woff2", font)));
  }
}

async function islands() {
  const entryPoints = readdirSync(join(HERE, "islands")).filter((f) => f.endsWith(".js") && !f.startsWith("_"));
  const { metafile } = await build({
    entryPoints: entryPoints.map((f) => join(HERE, "islands", f)),
    outdir: OUT,
    entryNames: "[name].[hash]",
    chunkNames: "part.[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    minify: true,
    target: "es2022",
    legalComments: "linked",
    metafile: true,
  });
  for (const [path, { entryPoint }] of Object.entries(metafile.outputs)) {
    if (!path.endsWith(".js")) continue;
    const file = basename(path);
    const content = readFileSync(join(OUT, file));
    const small = gzipSync(content, { level: 9 });
    writeFileSync(join(OUT, `${file}.gz`), small);
    const name = entryPoint ? basename(entryPoint) : file;
    const integrity = `sha384-${createHash("sha384").update(content).digest("base64")}`;
    manifest[name] = { file, integrity, gzip_bytes: small.length };
  }
}

// An icon is named where it is used: icon("map-pin") in a template, or in a page's own code.
function icons() {
  const used = new Set(["circle"]);
  for (const folder of ["templates", "pages", "."]) {
    for (const entry of readdirSync(join(HERE, folder), { recursive: folder !== ".", withFileTypes: true })) {
      if (!entry.isFile() || !/\.(html|py)$/.test(entry.name)) continue;
      const text = readFileSync(join(entry.parentPath ?? entry.path, entry.name), "utf8");
      for (const [, name] of text.matchAll(/icon\("([a-z0-9-]+)"/g)) used.add(name);
      for (const [, name] of text.matchAll(/"lucide:([a-z0-9-]+)"/g)) used.add(name);
    }
  }
  const drawings = {};
  for (const name of [...used].sort()) {
    const svg = readFileSync(join(PACKAGES, `lucide-static/icons/${name}.svg`), "utf8");
    drawings[name] = svg.match(/<svg[^>]*>([\s\S]*)<\/svg>/)[1].replace(/\s+/g, " ").replaceAll(" />", "/>").replaceAll("> <", "><").trim();
  }
  writeFileSync(join(OUT, "icons.json"), JSON.stringify(drawings));
}

rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT);
styles(await fonts());
await islands();
icons();
for (const file of readdirSync(join(HERE, "static"))) keep(file, readFileSync(join(HERE, "static", file)));
// MapLibre's worker stands by itself, minified by its makers.
keep("map-worker.js", readFileSync(join(PACKAGES, "maplibre-gl/dist/maplibre-gl-worker.mjs")));
keep("countries.json", readFileSync(join(PACKAGES, "world-atlas/countries-50m.json")));
copyFileSync(join(PACKAGES, "@fontsource/bricolage-grotesque/LICENSE"), join(OUT, "bricolage-LICENSE.txt"));
writeFileSync(join(OUT, "manifest.json"), JSON.stringify(manifest, null, 1));
// All of it is there, or what was there before still is.
rmSync(join(HERE, "dist.old"), { recursive: true, force: true });
try {
  renameSync(join(HERE, "dist"), join(HERE, "dist.old"));
} catch (fault) {
  if (fault.code !== "ENOENT") throw fault;
}
renameSync(OUT, join(HERE, "dist"));
rmSync(join(HERE, "dist.old"), { recursive: true, force: true });
