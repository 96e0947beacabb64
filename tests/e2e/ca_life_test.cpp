#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>

#include "certs/certificate_file.h"
#include "tests/e2e/sites.h"

// The CA's life: handed out, requested, issued by an organisation, rotated.
namespace chainmend::test {
namespace {

using nlohmann::json;

class CaLife : public testing::Test {
  protected:
    /// The answer of a command that has to succeed.
    std::string good(const std::vector<std::string>& arguments) const {
        const auto outcome = installation.chainmend(arguments);
        EXPECT_EQ(outcome.status, 0) << arguments[1] << outcome.out << outcome.err;
        return outcome.out;
    }
    std::string openssl(std::vector<std::string> arguments, const std::string& input = "") const {
        arguments.insert(arguments.begin(), "openssl");
        const auto outcome = run({std::move(arguments), {}, installation.home(), input});
        EXPECT_EQ(outcome.status, 0) << outcome.err;
        return outcome.out + outcome.err;
    }
    static std::vector<certs::CertificatePtr> certificates_in(const std::string& text) {
        const auto read = certs::read_certificates(as_bytes(text));
        return read ? read->certificates : std::vector<certs::CertificatePtr>{};
    }
    std::string sha256() const { return json::parse(good({"ca", "show", "--json"}))["sha256"]; }

    Installation installation;
};

TEST_F(CaLife, IsExportedInEveryForm) {
    good({"ca", "init"});
    const auto pem = certificates_in(good({"ca", "export"}));
    ASSERT_EQ(pem.size(), 1U);
    const auto der = good({"ca", "export", "--format", "der"});
    EXPECT_EQ(as_bytes(der).size(), pem[0]->der().size());
    EXPECT_TRUE(std::equal(der.begin(), der.end(), as_text(pem[0]->der()).begin()));
    EXPECT_GT(certificates_in(good({"ca", "export", "--format", "bundle"})).size(), 10U);

    const auto p12 = installation.path("ca.p12");
    good({"ca", "export", "--format", "p12", "--out", p12});
    const auto told = openssl({"pkcs12", "-in", p12, "-nokeys", "-passin", "pass:changeit"});
    EXPECT_EQ(certificates_in(told).size(), 1U) << told;
    EXPECT_NE(told.find("2.16.840.1.113894.746875.1.1"), std::string::npos) << told;
    const auto java = installation.path("java.p12");
    good({"ca", "export", "--format", "jks-p12", "-o", java});
    EXPECT_GT(certificates_in(openssl({"pkcs12", "-in", java, "-nokeys", "-passin", "pass:changeit"})).size(),
              10U);

    const auto profile =
        installation.write("ca.mobileconfig", good({"ca", "export", "--format", "mobileconfig"}));
    const auto plist = run({{"/usr/bin/python3", "-c",
                             "import hashlib, plistlib, sys\n"
                             "profile = plistlib.load(open(sys.argv[1], 'rb'))\n"
                             "payload = profile['PayloadContent'][0]\n"
                             "print(profile['PayloadType'], payload['PayloadType'], "
                             "hashlib.sha256(payload['PayloadContent']).hexdigest())",
                             profile},
                            {},
                            installation.home(),
                            ""});
    EXPECT_EQ(plist.out, "Configuration com.apple.security.root " + sha256() + "\n") << plist.err;
    EXPECT_EQ(installation.chainmend({"ca", "export", "--format", "jks"}).status, 2);
}

TEST_F(CaLife, CanBeIssuedByAnOrganisationAndItsChainIsServed) {
    // Corporate Root <- Corporate CA <- (the signing CA, by request)
    Sites sites(installation);
    const auto url = sites.incomplete("incomplete.test");
    const auto request = installation.write("request.pem", good({"ca", "csr", "--name", "Desk 7"}));
    const auto told = openssl({"req", "-in", request, "-noout", "-text", "-verify"});
    EXPECT_NE(told.find("CN = Desk 7"), std::string::npos) << told;
    EXPECT_NE(told.find("CA:TRUE, pathlen:0"), std::string::npos) << told;
    EXPECT_EQ(
        openssl({"req", "-in", installation.write("again.pem", good({"ca", "csr"})), "-noout", "-pubkey"}),
        openssl({"req", "-in", request, "-noout", "-pubkey"}))
        << "asked again before the certificate came, it is the same key";

    const auto path = [&](const char* name) { return installation.path(name); };
    installation.write("ca.ext",
                       "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"
                       "subjectKeyIdentifier=hash\n");
    openssl({"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
             path("root.key"), "-out", path("root.pem"), "-subj", "/CN=Corporate Root", "-days", "30"});
    openssl({"x509", "-req", "-in", request, "-CA", path("root.pem"), "-CAkey", path("root.key"),
             "-copy_extensions", "copy", "-days", "20", "-out", path("issued.pem")});
    EXPECT_EQ(installation.chainmend({"ca", "import", path("root.pem")}).status, 5)
        << "not for the key that waits";
    good({"ca", "import", path("issued.pem"), "--chain", path("root.pem")});
    EXPECT_NE(good({"ca", "show"}).find("issued by    Corporate Root"), std::string::npos);

    // A client that trusts the organisation's root alone gets through: the chain is sent.
    installation.start();
    const auto outcome = run(
        {{"curl", "-sS", "--proxy", "http://" + installation.address(), "--cacert", path("root.pem"), url},
         {},
         installation.home(),
         ""});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(outcome.out, Sites::page);
    EXPECT_EQ(installation.client({"curl", "-sS", url}).out, Sites::page);
}

TEST_F(CaLife, RotatesWithAnOverlap) {
    Sites sites(installation);
    const auto url = sites.incomplete("incomplete.test");
    good({"ca", "init"});
    const auto old_ca = installation.write("old.pem", good({"ca", "export"}));
    const auto before = sha256();
    installation.start();

    good({"ca", "rotate", "--prepare"});
    EXPECT_EQ(sha256(), before) << "it signs nothing yet";
    const auto both = certificates_in(good({"ca", "export"}));
    ASSERT_EQ(both.size(), 2U);
    EXPECT_EQ(to_hex(both[0]->sha256()), before);
    const auto both_file = installation.write("both.pem", both[0]->pem() + both[1]->pem());
    const auto get = [&](const std::string& trusted) {
        return run({{"curl", "-sS", "--proxy", "http://" + installation.address(), "--cacert", trusted, url},
                    {},
                    installation.home(),
                    ""});
    };
    EXPECT_EQ(get(old_ca).status, 0);

    good({"ca", "rotate"});
    EXPECT_EQ(sha256(), to_hex(both[1]->sha256()));
    const auto after = certificates_in(good({"ca", "export"}));
    ASSERT_EQ(after.size(), 2U) << "the CA before is exported until it expires";
    EXPECT_EQ(to_hex(after[1]->sha256()), before);
    EXPECT_FALSE(std::filesystem::exists(installation.state("ca.next")));

    EXPECT_EQ(get(both_file).status, 0) << "the running proxy signs with the old one until it is told";
    installation.server().signal(SIGHUP);
    EXPECT_TRUE(
        wait_until([&] { return installation.server().err().find("reloaded") != std::string::npos; }));
    EXPECT_EQ(get(both_file).status, 0) << "clients that trust both notice nothing";
    EXPECT_EQ(get(old_ca).status, 60) << "those that trust the old one alone do";

    good({"ca", "rotate"});
    EXPECT_EQ(certificates_in(good({"ca", "export"})).size(), 3U);
}

/// A machine of its own, below a directory, whose tools write down what they are asked.
class CaInstall : public CaLife {
  protected:
    CaInstall() {
        good({"ca", "init"});
        fingerprint = sha256().substr(0, 8);
        write_chroot();
    }
    /// Stands for what it would run: makes the bundle out of the files in each distribution's directory,
    /// unless a file "broken" is there.
    void write_chroot() const {
        const auto file = installation.write(
            "tools/chroot",
            "#!/bin/sh\n"
            "echo \"${0##*/} $*\" >>" +
                installation.path("asked") +
                "\n"
                "[ -e " +
                installation.path("broken") +
                " ] && exit 1\n"
                "for pair in /usr/local/share/ca-certificates:/etc/ssl/certs/ca-certificates.crt "
                "/etc/pki/ca-trust/source/anchors:/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem "
                "/etc/pki/trust/anchors:/var/lib/ca-certificates/ca-bundle.pem "
                "/etc/ca-certificates/trust-source/anchors:/etc/ca-certificates/extracted/tls-ca-bundle.pem; "
                "do\n"
                "    bundle=$1${pair#*:}\n"
                "    [ -d $1${pair%:*} ] || continue\n"
                "    mkdir -p ${bundle%/*} && cat /dev/null $1${pair%:*}/*[.]* >$bundle 2>/dev/null || :\n"
                "done\n");
        std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    }
    Outcome ca(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), "ca");
        arguments.insert(arguments.end(), {"--root", installation.path("system")});
        Command command = installation.chainmend_command(arguments);
        command.environment["PATH"] = installation.path("tools") + ":/usr/bin:/bin";
        return run(command);
    }
    void directory(const std::string& path) const {
        std::filesystem::create_directories(installation.path("system") + path);
    }
    std::string asked() const { return file_text(installation.path("asked")); }

    std::string fingerprint;
};

TEST_F(CaInstall, WritesTheFileThatEachDistributionWantsAndOnlyOnce) {
    const std::tuple<const char*, const char*, const char*> distributions[] = {
        {"/usr/local/share/ca-certificates", ".crt", "update-ca-certificates"},
        {"/etc/pki/ca-trust/source/anchors", ".pem", "update-ca-trust extract"},
        {"/etc/pki/trust/anchors", ".pem", "update-ca-certificates"},
        {"/etc/ca-certificates/trust-source/anchors", ".crt", "trust extract-compat"},
    };
    for (const auto& [place, extension, update] : distributions) {
        std::filesystem::remove_all(installation.path("system"));
        std::filesystem::remove(installation.path("asked"));
        directory(place);
        const auto file = installation.path("system") + place + "/chainmend-" + fingerprint + extension;
        const auto planned = ca({"install", "--system", "--dry-run"});
        EXPECT_EQ(planned.status, 0) << planned.err;
        EXPECT_FALSE(std::filesystem::exists(file)) << "a dry run changes nothing";

        const auto done = ca({"install", "--system"});
        EXPECT_EQ(done.status, 0) << done.err;
        EXPECT_EQ(done.out, planned.out) << "each command is shown";
        EXPECT_EQ(file_text(file), good({"ca", "export"}));
        EXPECT_EQ(asked(), "chroot " + installation.path("system") + " " + update + "\n");

        const auto again = ca({"install", "--system"});
        EXPECT_EQ(again.out, "");
        EXPECT_NE(again.err.find("trusts it already"), std::string::npos) << again.err;
        EXPECT_EQ(ca({"uninstall", "--system"}).status, 0);
        EXPECT_FALSE(std::filesystem::exists(file));
        EXPECT_EQ(ca({"uninstall", "--system"}).out, "");
    }
}

TEST_F(CaInstall, RecognisesTheCertificateUnderAnotherName) {
    const std::string place = "/usr/local/share/ca-certificates";
    directory(place);
    installation.write("system" + place + "/by-hand.crt", good({"ca", "export"}));
    EXPECT_EQ(ca({"install", "--system"}).out,
              "chroot " + installation.path("system") + " update-ca-certificates\n")
        << "nobody has run that yet";
    EXPECT_EQ(ca({"install", "--system"}).out, "");
    EXPECT_EQ(ca({"uninstall", "--system"}).status, 0);
    EXPECT_TRUE(std::filesystem::is_empty(installation.path("system") + place));
}

TEST_F(CaInstall, GoesOnWhereItsCommandFailed) {
    directory("/usr/local/share/ca-certificates");
    const auto bundle = installation.path("system/etc/ssl/certs/ca-certificates.crt");
    const auto broken = installation.write("broken", "");
    EXPECT_EQ(ca({"install", "--system"}).status, 4);
    const auto again = ca({"install", "--system"});
    EXPECT_EQ(again.status, 4) << "the file is there, but nothing trusts it: " << again.err;
    std::filesystem::remove(broken);
    EXPECT_EQ(ca({"install", "--system"}).status, 0);
    EXPECT_EQ(file_text(bundle), good({"ca", "export"}));
    EXPECT_EQ(ca({"install", "--system"}).out, "");

    installation.write("broken", "");
    EXPECT_EQ(ca({"uninstall", "--system"}).status, 4);
    EXPECT_EQ(ca({"uninstall", "--system"}).status, 4) << "the file is gone, but everything trusts it";
    std::filesystem::remove(broken);
    EXPECT_EQ(ca({"uninstall", "--system"}).status, 0);
    EXPECT_EQ(file_text(bundle), "");
    EXPECT_EQ(ca({"uninstall", "--system"}).out, "");
}

TEST_F(CaInstall, SaysThatASystemIsNotKnown) {
    directory("/etc");
    const auto outcome = ca({"install", "--system"});
    EXPECT_EQ(outcome.status, 3) << outcome.err;
    EXPECT_NE(outcome.err.find("ca export"), std::string::npos) << outcome.err;
}

TEST_F(CaInstall, TellsNssDatabasesInAllTheirPlaces) {
    if (run({{"sh", "-c", "command -v certutil"}, {}, installation.home(), ""}).status != 0)
        GTEST_SKIP() << "certutil (libnss3-tools) is not installed";
    const char* places[] = {
        ".pki/nssdb", ".mozilla/firefox/abcd.default", "snap/firefox/common/.mozilla/firefox/x.default",
        ".var/app/org.mozilla.firefox/.mozilla/firefox/y.default", ".thunderbird/z.default"};
    for (const char* place : places) {
        std::filesystem::create_directories(installation.path(place));
        run({{"certutil", "-N", "-d", "sql:" + installation.path(place), "--empty-password"},
             {},
             installation.home(),
             ""});
    }
    const auto done = ca({"install", "--nss"});
    EXPECT_EQ(done.status, 0) << done.out << done.err;
    for (const char* place : places) {
        const auto listed =
            run({{"certutil", "-L", "-d", "sql:" + installation.path(place)}, {}, installation.home(), ""});
        EXPECT_NE(listed.out.find("chainmend CA " + fingerprint), std::string::npos) << place << listed.out;
        EXPECT_NE(listed.out.find("C,,"), std::string::npos) << place << listed.out;
    }
    EXPECT_EQ(ca({"install", "--nss"}).out, "");
    EXPECT_EQ(ca({"uninstall", "--nss"}).status, 0);
    const auto listed =
        run({{"certutil", "-L", "-d", "sql:" + installation.path(places[0])}, {}, installation.home(), ""});
    EXPECT_EQ(listed.out.find("chainmend CA"), std::string::npos) << listed.out;
}

TEST_F(CaInstall, FindsTheCertificateInNssByItselfAndByItsTrust) {
    if (run({{"sh", "-c", "command -v certutil"}, {}, installation.home(), ""}).status != 0)
        GTEST_SKIP() << "certutil (libnss3-tools) is not installed";
    const auto database = "sql:" + installation.path(".pki/nssdb");
    const auto certutil = [&](std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "certutil");
        arguments.insert(arguments.end(), {"-d", database});
        const auto outcome = run({std::move(arguments), {}, installation.home(), ""});
        EXPECT_EQ(outcome.status, 0) << outcome.err;
        return outcome.out;
    };
    std::filesystem::create_directories(installation.path(".pki/nssdb"));
    certutil({"-N", "--empty-password"});
    const auto file = installation.write("ca.pem", good({"ca", "export"}));
    // Another of the same name, as after a rotation: certutil takes their nicknames for one another.
    const auto subject = certificates_in(good({"ca", "export"}))[0]->display_name();
    certutil({"-A", "-n", "chainmend CA 00000000", "-t", "C,,", "-i",
              installation.write("other.pem", Identity::root(subject).pem())});

    certutil({"-A", "-n", "mine", "-t", "C,,", "-i", file});
    const auto trusted = ca({"install", "--nss"});
    EXPECT_EQ(trusted.out, "");
    EXPECT_NE(trusted.err.find("trusted already in"), std::string::npos) << trusted.err;
    EXPECT_EQ(ca({"uninstall", "--nss"}).status, 0);
    EXPECT_EQ(certutil({"-L"}).find("mine"), std::string::npos) << certutil({"-L"});
    EXPECT_NE(certutil({"-L"}).find("chainmend CA 00000000"), std::string::npos) << certutil({"-L"});
    EXPECT_EQ(ca({"uninstall", "--nss"}).out, "");

    const auto ours = "chainmend CA " + fingerprint;
    certutil({"-A", "-n", ours, "-t", ",,", "-i", file});
    const auto done = ca({"install", "--nss"});
    EXPECT_EQ(done.status, 0) << done.err;
    EXPECT_NE(done.out.find("certutil -A "), std::string::npos)
        << "it is there, but without trust: " << done.err;
    EXPECT_EQ(ca({"install", "--nss"}).out, "");
    EXPECT_EQ(ca({"uninstall", "--nss"}).status, 0);
    EXPECT_EQ(certutil({"-L"}).find(ours), std::string::npos) << certutil({"-L"});
}

TEST_F(CaInstall, TellsAJavaItsTrustStore) {
    const auto real =
        run({{"sh", "-c", "readlink -f \"$(command -v keytool)\""}, {}, installation.home(), ""});
    if (real.out.size() < 2) GTEST_SKIP() << "keytool (default-jdk-headless) is not installed";
    const auto home = installation.path("java");
    std::filesystem::create_directories(home + "/bin");
    std::filesystem::create_symlink(real.out.substr(0, real.out.find('\n')), home + "/bin/keytool");
    std::filesystem::create_directories(home + "/lib/security");
    good({"ca", "init"});
    // A store of Java's usual kind with something else in it.
    installation.write("other.pem", Identity::root("Other").pem());
    const auto store = home + "/lib/security/cacerts";
    EXPECT_EQ(run({{"keytool", "-importcert", "-noprompt", "-alias", "other", "-file",
                    installation.path("other.pem"), "-keystore", store, "-storepass", "changeit"},
                   {},
                   installation.home(),
                   ""})
                  .status,
              0);
    const auto done = ca({"install", "--java=" + home});
    EXPECT_EQ(done.status, 0) << done.out << done.err;
    const auto listed = run(
        {{"keytool", "-list", "-keystore", store, "-storepass", "changeit"}, {}, installation.home(), ""});
    EXPECT_NE(listed.out.find("chainmend-" + fingerprint + ","), std::string::npos) << listed.out;
    EXPECT_EQ(ca({"install", "--java=" + home}).out, "");
    EXPECT_EQ(ca({"uninstall", "--java=" + home}).status, 0);
    EXPECT_EQ(ca({"uninstall", "--java=" + home}).out, "");
    EXPECT_EQ(ca({"install", "--java=" + installation.path("none")}).status, 3);
}

TEST_F(CaInstall, TellsWhatToDoOnOtherSystems) {
    const auto printed = openssl({"x509", "-in", installation.write("ca.pem", good({"ca", "export"})),
                                  "-noout", "-fingerprint", "-sha1"});
    std::string sha1 = printed.substr(printed.find('=') + 1);
    std::erase_if(sha1, [](char c) { return c == ':' || c == '\n'; });
    ASSERT_EQ(sha1.size(), 40U) << printed;
    const auto windows = good({"ca", "install", "--for", "windows"});
    EXPECT_NE(windows.find("certutil -user -addstore Root"), std::string::npos);
    EXPECT_NE(windows.find("certutil -user -delstore Root " + sha1 + " "), std::string::npos) << windows;
    for (const char* platform : {"windows", "macos"}) {
        const auto told = good({"ca", "install", "--for", platform, "--set", "listen.admin=127.0.0.1:8282"});
        EXPECT_NE(told.find("http://127.0.0.1:8282/proxy.pac"), std::string::npos) << told;
        EXPECT_NE(told.find("That is this machine alone"), std::string::npos) << told;
    }
    const auto macos = good({"ca", "install", "--for", "macos"});
    EXPECT_NE(macos.find("security add-trusted-cert"), std::string::npos);
    EXPECT_NE(macos.find("security delete-certificate -Z " + sha1 + " -t "), std::string::npos) << macos;
    EXPECT_EQ(installation.chainmend({"ca", "install", "--for", "plan9"}).status, 2);
}

}  // namespace
}  // namespace chainmend::test
