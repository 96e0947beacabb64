#include "certs/path_validator.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/support/pki.h"

using namespace chainmend;
using test::CertificateSpec;
using test::Identity;

namespace {

// root -> issuer with nameConstraints from the input -> leaf with subjectAltName from the input
struct Keys {
    Identity root = Identity::root("Root");
    Identity issuer = root.intermediate("Issuer");
    Identity leaf = issuer.leaf("www.example.test");
};

std::pair<std::string, std::string> raw_extension(const char* name, ByteView content) {
    return {name, "DER:" + to_hex(content)};
}

}  // namespace

// No name constraint and no name, however malformed, crashes the rules or takes them long; what they say is
// one line.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Keys keys;
    ByteView input(data, size);
    const std::size_t cut = test::take_number(input, size + 1);
    const ByteView constraints = input.first(std::min(cut, input.size()));
    const ByteView names = input.subspan(constraints.size());
    if (constraints.empty() || names.empty()) return 0;

    CertificateSpec issuer_spec;
    issuer_spec.extensions = {raw_extension("nameConstraints", constraints)};
    const Identity issuer = keys.root.intermediate("Issuer", issuer_spec, keys.issuer.key());
    CertificateSpec leaf_spec;
    leaf_spec.common_name = "www.example.test";
    leaf_spec.san_is_common_name = false;
    leaf_spec.extensions = {raw_extension("subjectAltName", names)};
    const Identity leaf = issuer.issue(leaf_spec, keys.leaf.key());

    certs::VerifyRequest request;
    request.identity = *certs::ReferenceIdentity::dns("www.example.test");
    request.at = test::noon();
    for (const certs::Profile profile : {certs::Profile::default_, certs::Profile::webpki}) {
        request.profile = profile;
        const certs::PathJudgement judgement =
            certs::judge_path({leaf.certificate(), issuer.certificate(), keys.root.certificate()}, request);
        test::expect(test::is_one_line(judgement.failure.detail), "a failure is one printable line");
    }
    return 0;
}
