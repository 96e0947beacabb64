const { EnvHttpProxyAgent, ProxyAgent, fetch, setGlobalDispatcher } = require("undici");

// Before undici 6.14 no agent reads the environment by itself.
setGlobalDispatcher(EnvHttpProxyAgent ? new EnvHttpProxyAgent() : new ProxyAgent(process.env.HTTPS_PROXY));
fetch(process.argv[2])
  .then(async (response) => process.stdout.write(await response.text()))
  .catch((error) => { console.error(error); process.exitCode = 1; });
