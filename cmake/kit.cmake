# Arrow, Parquet and XGBoost of penstock-kit: from the Python environment of runtimes/kit.txt, which `make setup` makes. Sets
# PENSTOCK_KIT_PACKAGES to its site-packages and defines kit_arrow, or leaves PENSTOCK_KIT_PACKAGES empty.
# The wheels have no CMake files, and their libraries only versioned names (libarrow.so.2600).
set(lock ${CMAKE_SOURCE_DIR}/runtimes/kit.txt)
set_property(DIRECTORY ${CMAKE_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${lock})
execute_process(COMMAND ${CMAKE_SOURCE_DIR}/scripts/python_environment.sh --find ${lock}
                OUTPUT_VARIABLE environment OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
set(PENSTOCK_KIT_PACKAGES "")
if(environment)
  file(GLOB PENSTOCK_KIT_PACKAGES ${environment}/lib/python3*/site-packages)
endif()
if(PENSTOCK_KIT_PACKAGES)
  add_library(kit_arrow INTERFACE)
  target_include_directories(kit_arrow SYSTEM INTERFACE ${PENSTOCK_KIT_PACKAGES}/pyarrow/include)
  foreach(name arrow parquet)
    file(GLOB library ${PENSTOCK_KIT_PACKAGES}/pyarrow/lib${name}.so.*)
    if(NOT library)
      message(FATAL_ERROR "no lib${name}.so in ${PENSTOCK_KIT_PACKAGES}/pyarrow: remove ${environment} and run make setup")
    endif()
    add_library(kit_${name}_library SHARED IMPORTED)
    set_target_properties(kit_${name}_library PROPERTIES IMPORTED_LOCATION ${library})
    target_link_libraries(kit_arrow INTERFACE kit_${name}_library)
  endforeach()
else()
  message(NOTICE "-- penstock-kit is left out: the Python environment of runtimes/kit.txt is missing; run `make setup` "
                 "(or scripts/python_environment.sh runtimes/kit.txt), then configure again")
endif()
