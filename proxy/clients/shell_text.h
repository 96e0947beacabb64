#pragma once

#include <optional>
#include <string>

#include "proxy/clients/client_environment.h"

namespace chainmend::proxy {

enum class Shell { sh, fish, powershell, cmd, dotenv, docker };

/// "sh", "fish", ...; nullopt for anything else.
std::optional<Shell> shell_named(const std::string& name);

/// The variables as lines to be evaluated by a shell, or in the form of a file: "dotenv" with quotation
/// marks, "docker" as `docker run --env-file` reads it.
std::string shell_text(const ClientEnvironment& environment, Shell shell);

/// Options of `docker run` for a container that shares the host's network: it sees neither the host's
/// loopback nor its files unless it is told to. Nothing is quoted, since a shell takes quotation marks that
/// come out of $(...) literally.
std::string docker_options(const ClientFiles& files);

/// `text` as one word for a POSIX shell, whatever is in it.
std::string sh_quoted(const std::string& text);

}  // namespace chainmend::proxy
