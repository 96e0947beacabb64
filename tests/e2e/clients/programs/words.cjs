// What Node.js says at each of these URLs: a line each, "URL<tab>ok" or "URL<tab>words".
const https = require("https");

const ask = (url) =>
  new Promise((done) => {
    const request = https.get(url, { agent: false }, (response) => {
      response.resume();
      done("ok");
    });
    request.on("error", (error) => done(`${error.code}: ${error.message}`));
  });

(async () => {
  for (const url of process.argv.slice(2)) console.log(`${url}\t${await ask(url)}`);
})();
