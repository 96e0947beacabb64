#include "certs/certificate_file.h"

#include "tests/fuzz/fuzz_input.h"

// Whatever is read as certificates can be asked everything and reads back as itself, as DER and as PEM.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace chainmend;
    using test::expect;
    const Result<certs::CertificateFile> file = certs::read_certificates({data, size});
    if (!file) {
        expect(test::is_one_line(file.error().message), "an error is one printable line");
        return 0;
    }
    expect(!file->certificates.empty(), "a file without a certificate is an error");
    for (const std::string& problem : file->problems) {
        expect(test::is_one_line(problem), "a problem is one printable line");
    }
    for (const certs::CertificatePtr& certificate : file->certificates) {
        for (const std::string& text : {certificate->subject(), certificate->issuer(), certificate->serial(),
                                        certificate->display_name(), certificate->issuer_display_name()}) {
            expect(test::is_one_line(text), "certificate text is one printable line");
        }
        certificate->is_self_signed();
        certificate->ca_issuers_urls();
        certificate->ocsp_urls();
        certificate->crl_urls();
        certificate->dns_names();
        certificate->ip_addresses();
        const auto again = certs::Certificate::from_der(certificate->der());
        expect(again.ok() && (*again)->sha256() == certificate->sha256(), "DER reads back");
        const auto pem = certs::read_certificates(as_bytes(certificate->pem()));
        expect(pem.ok() && pem->certificates.size() == 1, "PEM reads back");
        expect(pem->certificates.front()->sha256() == certificate->sha256(), "as the same certificate");
    }
    return 0;
}
