const axios = require("axios");

axios.get(process.argv[2])
  .then((response) => process.stdout.write(response.data))
  .catch((error) => { console.error(error.message, error.response?.statusText ?? ""); process.exitCode = 1; });
