<?php
$request = curl_init($argv[1]);
curl_setopt($request, CURLOPT_RETURNTRANSFER, true);
$body = curl_exec($request);
if ($body === false) {
    fwrite(STDERR, curl_error($request) . "\n");
    exit(1);
}
echo $body;
