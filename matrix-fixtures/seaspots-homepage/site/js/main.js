import { search } from "./spots.js";
import { heightAt, nextHighWater, trend } from "./tides.js";

const list = document.querySelector("#spots");
const filter = document.querySelector("#filter");

function item(spot, now) {
  const high = nextHighWater(spot, now).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const tide = document.createElement("span");
  tide.className = "tide";
  tide.textContent = `${heightAt(spot, now).toFixed(1)} m, ${trend(spot, now)}, high water ${high}`;

  const entry = document.createElement("li");
  entry.append(`${spot.name} (${spot.town}, ${spot.ground}) `, tide);
  return entry;
}

function show(spots) {
  const now = new Date();
  list.replaceChildren(...search(spots, filter.value).map((spot) => item(spot, now)));
}

try {
  const answer = await fetch("data/spots.json");
  const spots = await answer.json();
  filter.addEventListener("input", () => show(spots));
  show(spots);
} catch (error) {
  console.error(error);
  list.textContent = "The spots could not be loaded. Please try again.";
}
