#pragma once

#include <openssl/bio.h>

namespace chainmend::tls {

class Session;

/// What libssl reads from and writes to: the two queues of a Session. Ciphertext goes from the span that
/// Session::receive() was given straight into libssl's record buffer, and from there straight into the output
/// queue.
struct SessionBio {
    /// A BIO for `session`, which must outlive it; nullptr when there is no memory.
    static BIO* make(Session& session);

  private:
    static const BIO_METHOD* method();
    static int read(BIO* bio, char* data, std::size_t size, std::size_t* taken);
    static int write(BIO* bio, const char* data, std::size_t size, std::size_t* taken);
    static long control(BIO* bio, int command, long number, void* pointer);
};

}  // namespace chainmend::tls
