const { EnvHttpProxyAgent, fetch, setGlobalDispatcher } = require("undici");

setGlobalDispatcher(new EnvHttpProxyAgent());
fetch(process.argv[2])
  .then(async (response) => process.stdout.write(await response.text()))
  .catch((error) => { console.error(error); process.exitCode = 1; });
