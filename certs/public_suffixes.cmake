# Writes ${output}: the rules of the system's public suffix list as sorted C++ string literals, one a line. Without
# the list (Debian: publicsuffix) the file is empty and the webpki profile can not tell "*.co.uk" from a good wildcard.
function(chainmend_public_suffixes output)
    find_file(PUBLIC_SUFFIX_LIST public_suffix_list.dat PATHS /usr/share/publicsuffix /usr/local/share/publicsuffix)
    if(NOT PUBLIC_SUFFIX_LIST)
        message(WARNING "no public suffix list found (install the package publicsuffix): "
                        "the webpki profile will accept wildcards for public suffixes")
        file(CONFIGURE OUTPUT "${output}" CONTENT "")
        return()
    endif()
    file(STRINGS "${PUBLIC_SUFFIX_LIST}" lines REGEX "^[!*.a-z0-9-]+[ \t]*$")
    list(TRANSFORM lines STRIP)
    list(SORT lines COMPARE STRING)
    list(REMOVE_DUPLICATES lines)
    list(JOIN lines "\",\n\"" joined)
    file(CONFIGURE OUTPUT "${output}" CONTENT "\"${joined}\",\n" @ONLY)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${PUBLIC_SUFFIX_LIST}")
endfunction()
