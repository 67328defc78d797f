// A button that asks the device where it is, once it is pressed. What is sent is the middle of a cell of about 5 km.

const CELL_DEG = 0.05;

export function start(button) {
  if (!("geolocation" in navigator)) {
    button.hidden = true;
    return;
  }
  button.addEventListener("click", () => {
    button.setAttribute("aria-busy", "true");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => location.assign(`${button.dataset.to}?${new URLSearchParams(cellOf(coords.latitude, coords.longitude))}`),
      () => refused(button),
      // Nothing finer than a cell is needed, and a position of an hour ago is as good.
      { enableHighAccuracy: false, timeout: 15_000, maximumAge: 3_600_000 },
    );
  });
}

export function cellOf(latitude, longitude) {
  const middle = Math.min((Math.floor(latitude / CELL_DEG) + 0.5) * CELL_DEG, 89.975);
  const width = CELL_DEG / Math.max(0.05, Math.cos((middle * Math.PI) / 180));
  return { lat: middle.toFixed(4), lon: ((Math.floor(longitude / width) + 0.5) * width).toFixed(4) };
}

function refused(button) {
  button.removeAttribute("aria-busy");
  const said = Object.assign(document.createElement("p"), { className: "notice plain toast-map", role: "status" });
  said.textContent = button.dataset.refused;
  document.querySelector("[data-position-said]")?.remove();
  said.dataset.positionSaid = "";
  (button.closest(".btns") ?? button.parentElement).after(said);
}
