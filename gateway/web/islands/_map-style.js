// How the map that moves is drawn. A base map may follow either of the two schemas in common use, Protomaps' or
// OpenMapTiles'; what it has none of is not drawn.

const by = (...stops) => ["interpolate", ["exponential", 1.6], ["zoom"], ...stops];
const GREEN = ["forest", "wood", "grass", "park", "nature_reserve", "meadow", "scrub", "garden", "cemetery", "orchard", "vineyard"];
const BIG = ["highway", "major_road", "motorway", "trunk", "primary", "secondary", "tertiary"];

export function layersOf(bases, colour) {
  const layers = [
    { id: "sea", type: "background", paint: { "background-color": colour("m-water") } },
    { id: "land", type: "fill", source: "countries", paint: { "fill-color": colour("m-land") } },
    { id: "border", type: "line", source: "countries", paint: { "line-color": colour("m-contour"), "line-width": by(2, 0.6, 8, 1.6) } },
  ];
  const dashes = { "line-color": colour("m-contour"), "line-width": 1.2, "line-dasharray": [4, 3] };
  layers.push({ id: "ground", type: "fill", source: "grounds", paint: { "fill-color": colour("m-field") } });
  bases.forEach((base, number) => layers.push(...baseLayers(`base${number}`, new Set(base.layers), colour)));
  layers.push({ id: "edge", type: "line", source: "grounds", paint: dashes });
  layers.push({
    id: "names",
    type: "symbol",
    source: "names",
    layout: {
      "text-field": ["get", "name"],
      "text-font": ["system-ui", "Roboto", "sans-serif"],
      "text-size": ["interpolate", ["linear"], ["get", "rank"], 0, 15, 20, 12],
      "symbol-sort-key": ["get", "rank"],
      "text-padding": 4,
      "text-anchor": "bottom",
      "text-offset": [0, -1.1], // a pin in the middle of a place leaves its name to be read
    },
    paint: { "text-color": colour("m-text"), "text-halo-color": colour("m-land"), "text-halo-width": 1.6 },
  });
  return layers;
}

function baseLayers(source, has, colour) {
  const layers = [];
  const kind = ["coalesce", ["get", "kind"], ["get", "class"], ""];
  const put = (name, type, paint, more = {}) => {
    if (has.has(name)) layers.push({ id: `${source}-${layers.length}`, type, source, "source-layer": name, paint, ...more });
  };
  const round = { layout: { "line-cap": "round", "line-join": "round" } };
  const isGreen = { filter: ["in", kind, ["literal", GREEN]] };
  const isBig = ["in", kind, ["literal", BIG]];
  put("earth", "fill", { "fill-color": colour("m-land") });
  for (const name of ["landcover", "landuse", "park"]) put(name, "fill", { "fill-color": colour("m-forest") }, isGreen);
  put("water", "fill", { "fill-color": colour("m-water") }, { filter: ["==", ["geometry-type"], "Polygon"] });
  put("water", "line", { "line-color": colour("m-stream"), "line-width": by(9, 0.6, 16, 4) }, { filter: ["==", ["geometry-type"], "LineString"] });
  put("waterway", "line", { "line-color": colour("m-stream"), "line-width": by(9, 0.6, 16, 4) });
  for (const name of ["buildings", "building"]) put(name, "fill", { "fill-color": colour("m-house") }, { minzoom: 13 });
  for (const name of ["roads", "transportation"]) {
    put(name, "line", { "line-color": colour("m-case"), "line-width": by(11, 0.8, 17, 11) }, { ...round, minzoom: 11, filter: ["!", isBig] });
    put(name, "line", { "line-color": colour("m-case"), "line-width": by(7, 1.2, 17, 20) }, { ...round, filter: isBig });
    put(name, "line", { "line-color": colour("m-way"), "line-width": by(11, 0.4, 17, 8) }, { ...round, minzoom: 12, filter: ["!", isBig] });
    put(name, "line", { "line-color": colour("m-way"), "line-width": by(7, 0.6, 17, 16) }, { ...round, filter: isBig });
  }
  for (const name of ["boundaries", "boundary"]) put(name, "line", { "line-color": colour("m-contour"), "line-width": 1, "line-dasharray": [4, 3] });
  return layers;
}
