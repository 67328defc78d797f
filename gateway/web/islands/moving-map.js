import { LngLatBounds, Map as GLMap, Marker, addProtocol, setWorkerUrl } from "maplibre-gl";
import { PMTiles, Protocol } from "pmtiles";
import { feature } from "topojson-client";
import { layersOf } from "./_map-style.js";

const NAMES_WAIT_MS = 250;
const GROUND_ZOOM = 9;

export async function open(element) {
  if (element.dataset.isOpen) return;
  element.dataset.isOpen = "yes";
  const told = element.dataset;
  const [countries, bases] = await Promise.all([countriesOf(told.countries), basesOf(told.maps), sheet(told.css)]);
  setWorkerUrl(new URL(told.worker, location.href).href);
  const box = document.createElement("div");
  box.className = "gl";
  element.prepend(box);
  const map = made(box, told, countries, bases);
  if (!map) return box.remove();
  const drawn = element.querySelector(".map-in");
  for (const pin of drawn.querySelectorAll("[data-ll]")) {
    const element_ = pin.cloneNode(true);
    element_.removeAttribute("style");
    new Marker({ element: element_ }).setLngLat(pin.dataset.ll.split(",").map(Number)).addTo(map);
  }
  fit(map, element, told);
  map.once("load", () => {
    drawn.hidden = true;
    element.querySelector("[data-map-open]")?.remove();
    names(map);
  });
  map.on("error", ({ error }) => console.warn("map", error?.message));
  const again = () => map.setStyle(style(countries, bases), { diff: false });
  new MutationObserver(again).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
}

function made(container, told, countries, bases) {
  try {
    return new GLMap({
      container,
      style: style(countries, bases),
      center: told.at.split(",").map(Number),
      zoom: 12,
      minZoom: 2,
      maxZoom: 18,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      fadeDuration: 0,
      locale: { "Map.Title": told.label },
    });
  } catch (fault) {
    console.warn("map", fault.message); // no WebGL: the plan stays
    return null;
  }
}

function style(countries, bases) {
  const sources = {
    countries: { type: "geojson", data: countries },
    grounds: { type: "geojson", data: NOTHING },
    names: { type: "geojson", data: NOTHING },
  };
  bases.forEach((base, number) => {
    sources[`base${number}`] = { type: "vector", url: `pmtiles://${base.url}` };
  });
  return { version: 8, sources, layers: layersOf(bases, (name) => colour(name)) };
}

const NOTHING = { type: "FeatureCollection", features: [] };

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

// Where a list covers a part, what is to be seen lies beside it.
function fit(map, element, told) {
  const drawer = element.querySelector(".drawer");
  if (drawer) {
    const isWide = matchMedia("(min-width: 60rem)").matches;
    map.setPadding(isWide ? { left: drawer.offsetWidth, top: 60 } : { bottom: drawer.offsetHeight, top: 60 });
  }
  const [longitude, latitude] = told.at.split(",").map(Number);
  const high = Number(told.radius) / 111_195;
  const wide = high / Math.max(0.05, Math.cos((latitude * Math.PI) / 180));
  const box = new LngLatBounds([longitude - wide, latitude - high], [longitude + wide, latitude + high]);
  map.fitBounds(box, { padding: 32, maxZoom: 15, animate: false });
}

// The largest places in the window, asked for anew when it has moved.
function names(map) {
  let waiting;
  const ask = async () => {
    const box = map.getBounds();
    // A little more than is seen: whose town hall lies beyond may have its ground within.
    const [more, wide] = [(box.getNorth() - box.getSouth()) / 4, (box.getEast() - box.getWest()) / 4];
    const [south, north] = [Math.max(-90, box.getSouth() - more), Math.min(90, box.getNorth() + more)];
    const isAll = wide * 6 >= 360;
    const query = new URLSearchParams({
      south: south.toFixed(3),
      north: north.toFixed(3),
      west: isAll ? -180 : round(box.getWest() - wide),
      east: isAll ? 180 : round(box.getEast() + wide),
      with_borders: map.getZoom() > GROUND_ZOOM,
      limit: 100,
    });
    const answer = await fetch(`/api/v1/places/box?${query}`);
    if (!answer.ok) return;
    const { items } = await answer.json();
    const features = items.map(({ name, longitude, latitude }, rank) => ({
      type: "Feature",
      properties: { name, rank },
      geometry: { type: "Point", coordinates: [longitude, latitude] },
    }));
    map.getSource("names")?.setData({ type: "FeatureCollection", features });
    const grounds = items.flatMap(({ borders }) => borders.map(polygon));
    map.getSource("grounds")?.setData({ type: "FeatureCollection", features: grounds });
  };
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => ask().catch((fault) => console.warn("names", fault)), NAMES_WAIT_MS);
  };
  map.on("moveend", soon);
  map.on("style.load", soon);
  soon();
}

function polygon(degrees) {
  const ring = [];
  for (let i = 0; i < degrees.length; i += 2) ring.push([degrees[i], degrees[i + 1]]);
  return { type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [[...ring, ring[0]]] } };
}

const round = (degrees) => (((((degrees + 180) % 360) + 360) % 360) - 180).toFixed(3);

async function countriesOf(url) {
  const topology = await (await fetch(url)).json();
  return feature(topology, topology.objects.countries);
}

// What layers a base map has, it says itself; one that cannot be read is left out.
async function basesOf(maps) {
  const protocol = new Protocol();
  const found = [];
  for (const path of maps.split(" ").filter(Boolean)) {
    const url = new URL(path, location.href).href;
    const archive = new PMTiles(url);
    try {
      const { vector_layers: layers = [] } = await archive.getMetadata();
      protocol.add(archive);
      found.push({ url, layers: layers.map(({ id }) => id) });
    } catch (fault) {
      console.warn("map", path, fault.message);
    }
  }
  if (found.length) addProtocol("pmtiles", protocol.tile);
  return found;
}

function sheet(href) {
  return new Promise((done) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href, onload: done, onerror: done });
    document.head.append(link);
  });
}
