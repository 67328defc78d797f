// Asks the device where it is, when the button is pressed and not before. What is to be kept roughly is made rough
// here, before anything is sent.

import { cellOf } from "./position.js";

export function start(part) {
  const [latitude, longitude] = part.querySelectorAll("input[type=hidden]");
  const said = part.querySelector("[role=status]");
  const form = part.closest("form");
  let found;

  const put = () => {
    if (!found) return;
    const isExact = form.elements.precision.value === "exact";
    const { lat, lon } = isExact ? { lat: found.latitude, lon: found.longitude } : cellOf(found.latitude, found.longitude);
    latitude.value = lat;
    longitude.value = lon;
  };
  part.querySelector("button").addEventListener("click", () => {
    said.textContent = part.dataset.asking;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        found = coords;
        put();
        said.textContent = part.dataset.found;
      },
      () => (said.textContent = part.dataset.refused),
      { maximumAge: 60_000, timeout: 15_000 },
    );
  });
  form.addEventListener("change", put);
}
