#include <gtest/gtest.h>

#include "proxy/files/import_material.h"
#include "proxy/files/zip_archive.h"

namespace chainmend::proxy {
namespace {

constexpr const char* folder = "defaults/settings/security-state/";

void append(std::string& text, std::uint32_t value, int octets) {
    for (int i = 0; i < octets; ++i)
        text.push_back(i < 4 ? static_cast<char>(value >> (8 * i)) : '\0');
}

/// Deflate (RFC 1951 section 3.2.4) as one block that is stored: real, if not small.
std::string deflated(const std::string& content) {
    std::string block(1, '\x01');
    append(block, static_cast<std::uint32_t>(content.size()), 2);
    append(block, ~static_cast<std::uint32_t>(content.size()), 2);
    return block + content;
}

struct Member {
    std::string name;
    std::string content;
    bool deflate = true;
    std::uint32_t claimed_size = 0;  ///< 0: the true one
};

enum class Layout {
    usual,  ///< members, then the directory
    omni,   ///< four octets, the directory, then the members: as Firefox packs it
};

/// A ZIP archive byte by byte (APPNOTE 6.3). Checksums are left at 0: nobody here looks at them.
std::string zip(const std::vector<Member>& members, Layout layout = Layout::omni) {
    std::size_t directory_size = 0;
    for (const Member& member : members)
        directory_size += 46 + member.name.size();
    std::string files;
    std::string directory;
    const std::size_t first = layout == Layout::omni ? 4 + directory_size : 0;
    for (const Member& member : members) {
        const std::string packed = member.deflate ? deflated(member.content) : member.content;
        const auto size =
            member.claimed_size ? member.claimed_size : static_cast<std::uint32_t>(member.content.size());
        const auto entry = [&](std::string& to, std::uint32_t signature, bool in_directory) {
            append(to, signature, 4);
            append(to, 20, in_directory ? 4 : 2);  // versions
            append(to, 0, 2);                      // flags
            append(to, member.deflate ? 8 : 0, 2);
            append(to, 0, 8);  // time, date, checksum
            append(to, static_cast<std::uint32_t>(packed.size()), 4);
            append(to, size, 4);
            append(to, static_cast<std::uint32_t>(member.name.size()), 2);
            append(to, 0, 2);  // extra field
        };
        const auto offset = static_cast<std::uint32_t>(first + files.size());
        entry(directory, 0x02014b50, true);
        append(directory, 0, 10);  // comment, disk, attributes
        append(directory, offset, 4);
        directory += member.name;
        entry(files, 0x04034b50, false);
        files += member.name + packed;
    }
    std::string end;
    append(end, 0x06054b50, 4);
    append(end, 0, 4);
    append(end, static_cast<std::uint32_t>(members.size()), 2);
    append(end, static_cast<std::uint32_t>(members.size()), 2);
    append(end, static_cast<std::uint32_t>(directory.size()), 4);
    append(end, layout == Layout::omni ? 4 : static_cast<std::uint32_t>(files.size()), 4);
    append(end, 0, 2);
    if (layout == Layout::usual) return files + directory + end;
    return std::string("\x08\x00\x00\x00", 4) + directory + files + end;
}

std::string revoked_json() {
    return "{\"data\":[{\"subject\":\"MAA=\",\"pubKeyHash\":\"" + std::string(43, 'A') + "=\"}]}";
}
std::string disclosed_json() {
    return "{\"data\":[{\"derHash\":\"" + std::string(43, 'B') + "=\"},{\"derHash\":\"" +
           std::string(43, 'C') + "=\"}]}";
}

std::vector<Member> firefox() {
    return {{"chrome/browser/content/browser.js", "// nothing for us", true},
            {std::string(folder) + "onecrl.json", revoked_json(), true},
            {std::string(folder) + "intermediates.json", disclosed_json(), false}};
}

TEST(OmniArchive, HoldsBothOfMozillasLists) {
    for (const Layout layout : {Layout::omni, Layout::usual}) {
        const auto material = read_import(as_bytes(zip(firefox(), layout)));
        ASSERT_TRUE(material) << material.error().message;
        EXPECT_EQ(material->format, "omni.ja");
        EXPECT_EQ(material->revoked.size(), 1U);
        EXPECT_EQ(material->disclosed.size(), 2U);
        EXPECT_TRUE(material->certificates.empty());
    }
}

TEST(OmniArchive, ThatIsCutOffAnywhereIsAnErrorAndNeverAShorterList) {
    const std::string whole = zip(firefox());
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_FALSE(read_import(as_bytes(std::string_view(whole).substr(0, size)))) << size;
}

TEST(OmniArchive, WithAByteChangedNeverDoesMoreThanFail) {
    const std::string whole = zip(firefox());
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (const char value : {'\x00', '\x7f', '\xff'}) {
            std::string bent = whole;
            bent[at] = value;
            (void)read_import(as_bytes(bent));  // the sanitizers judge
        }
    }
}

TEST(OmniArchive, IsNotBelievedAboutSizes) {
    for (const std::uint32_t claimed : {1U, 1000U, 0xffffffffU}) {
        auto members = firefox();
        members[1].claimed_size = claimed;
        EXPECT_FALSE(read_import(as_bytes(zip(members)))) << claimed;
        members = firefox();
        members[2].claimed_size = claimed;
        EXPECT_FALSE(read_import(as_bytes(zip(members)))) << claimed;
    }
}

TEST(OmniArchive, WithoutTheListsSaysWhereTheyAre) {
    const auto material = read_import(as_bytes(zip({{"a", "b", true}})));
    ASSERT_FALSE(material);
    EXPECT_NE(material.error().message.find("browser/omni.ja"), std::string::npos)
        << material.error().message;
}

}  // namespace
}  // namespace chainmend::proxy
