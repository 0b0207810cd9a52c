// Sends a reader to the edition in the first language of theirs that the course speaks.
const editions = { en: "en", zh: "zh" };
const wanted = (navigator.languages || [navigator.language]).map((tag) => tag.split("-")[0]);
const edition = editions[wanted.find((language) => language in editions)] || "en";
location.replace(`${edition}/index.html`);
