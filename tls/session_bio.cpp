#include "tls/session_bio.h"

#include <algorithm>
#include <cstring>

#include "tls/session.h"

namespace chainmend::tls {

BIO* SessionBio::make(Session& session) {
    BIO* bio = method() ? BIO_new(method()) : nullptr;
    if (!bio) return nullptr;
    BIO_set_data(bio, &session);
    BIO_set_init(bio, 1);
    return bio;
}

const BIO_METHOD* SessionBio::method() {
    static const BIO_METHOD* const shared = [] {
        BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "session");
        if (!made) return made;
        BIO_meth_set_read_ex(made, read);
        BIO_meth_set_write_ex(made, write);
        BIO_meth_set_ctrl(made, control);
        return made;
    }();
    return shared;
}

int SessionBio::read(BIO* bio, char* data, std::size_t size, std::size_t* taken) {
    auto& session = *static_cast<Session*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    const bool kept = session.kept_input() > 0;
    const ByteView source = kept ? ByteView(session.input_).subspan(session.input_begin_) : session.received_;
    *taken = std::min(size, source.size());
    if (*taken == 0) {
        if (!session.input_ended_) BIO_set_retry_read(bio);
        return 0;
    }
    std::memcpy(data, source.data(), *taken);
    if (!kept) {
        session.received_ = source.subspan(*taken);
    } else if (session.input_begin_ += *taken; session.kept_input() == 0) {
        Bytes().swap(session.input_);
        session.input_begin_ = 0;
    }
    return 1;
}

int SessionBio::write(BIO* bio, const char* data, std::size_t size, std::size_t* taken) {
    auto& session = *static_cast<Session*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    *taken = 0;
    try {
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(data);
        session.output_.insert(session.output_.end(), bytes, bytes + size);
    } catch (...) {
        return 0;  // out of memory: libssl fails the session
    }
    *taken = size;
    return 1;
}

long SessionBio::control(BIO* bio, int command, long, void*) {
    const auto& session = *static_cast<const Session*>(BIO_get_data(bio));
    switch (command) {
        case BIO_CTRL_FLUSH:
            return 1;
        // libssl tells a truncation from a pause by this.
        case BIO_CTRL_EOF:
            return session.input_ended_ && session.kept_input() == 0 && session.received_.empty();
        default:
            return 0;
    }
}

}  // namespace chainmend::tls
