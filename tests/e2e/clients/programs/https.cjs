// Node's own https; before Node 24 it needs an agent to go through a proxy.
const https = require("node:https");
const { HttpsProxyAgent } = require("https-proxy-agent");

https.get(process.argv[2], { agent: new HttpsProxyAgent(process.env.HTTPS_PROXY) }, (response) => {
  if (response.statusCode !== 200) {
    console.error(`${response.statusCode} ${response.statusMessage}`);
    process.exitCode = 1;
  }
  response.pipe(process.stdout);
}).on("error", (error) => { console.error(error); process.exitCode = 1; });
